package fovea.data;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Worker threads, each filling a whole batch at a time, and the buffers between them and the reader. A worker takes the next number and
 * a free buffer in one go, so the batch that the reader waits for always has one. Knows nothing of the loader, which can be collected.
 */
final class Prefetch {
    private final Dataset dataset;
    private final Loader.Options options;
    private final Pipeline pipeline;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition done = lock.newCondition();
    private final ArrayDeque<Batch> free = new ArrayDeque<>();
    /** Finished batches, by number modulo length. */
    private final Batch[] ready;
    private final Pipeline.Worker own;
    private Batch out;
    private int[] order = {};
    private long epoch;
    private int number;
    private int end;
    /** Grows with every pass: what a worker began in an earlier one is thrown away. */
    private long pass;
    private boolean started;
    private boolean closed;

    Prefetch(Dataset dataset, Loader.Options options) {
        this.dataset = dataset;
        this.options = options;
        pipeline = new Pipeline(dataset, options);
        own = options.workers() == 0 ? pipeline.new Worker() : null;
        ready = new Batch[options.workers() == 0 ? 1 : options.prefetch() + 1];
    }

    Pipeline pipeline() {
        return pipeline;
    }

    void begin(long epochNumber, int first) {
        var next = Order.of(dataset, options, epochNumber);
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the loader is closed; make a new one with dataset.loader(options)");
            }
            pass++;
            for (var i = 0; i < ready.length; i++) {
                if (ready[i] != null) {
                    free.push(ready[i]);
                    ready[i] = null;
                }
            }
            giveBack();
            order = next;
            epoch = epochNumber;
            number = first;
            end = Order.batches(dataset.size(), options);
            if (!started) {
                started = true;
                for (var i = 0; i < ready.length; i++) {
                    free.push(pipeline.newBatch());
                }
                for (var i = 0; i < options.workers(); i++) {
                    Thread.ofPlatform().daemon().name("fovea-loader-" + i).start(this::serve);
                }
            }
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void giveBack() {
        lock.lock();
        try {
            if (out != null) {
                out.end();
                free.push(out);
                out = null;
                work.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    Batch next(int wanted) {
        giveBack();
        lock.lock();
        try {
            if (own != null) {
                out = free.pop();
                own.fill(out, order, epoch, wanted);
                return out;
            }
            var slot = wanted % ready.length;
            while (ready[slot] == null) {
                if (closed) {
                    throw new IllegalStateException("the loader is closed; make a new one with dataset.loader(options)");
                }
                done.await();
            }
            out = ready[slot];
            ready[slot] = null;
            if (out.failure != null) {
                throw failed(out.failure, wanted);
            }
            return out;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for batch %d of epoch %d".formatted(wanted, epoch), e);
        } finally {
            lock.unlock();
        }
    }

    /** The worker's failure, as if it had happened here; both places can be seen. */
    private RuntimeException failed(Throwable failure, int wanted) {
        if (failure instanceof Error error) {
            throw error;
        }
        failure.addSuppressed(new IllegalStateException("asked for here: batch %d of epoch %d".formatted(wanted, epoch)));
        return (RuntimeException) failure;
    }

    private void serve() {
        var worker = pipeline.new Worker();
        lock.lock();
        try {
            while (true) {
                while (!closed && (number >= end || free.isEmpty())) {
                    work.awaitUninterruptibly();
                }
                if (closed) {
                    return;
                }
                fillOne(worker);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Called and left with the lock held. */
    private void fillOne(Pipeline.Worker worker) {
        var mine = number++;
        var batch = free.pop();
        var begun = pass;
        var indices = order;
        var of = epoch;
        lock.unlock();
        try {
            worker.fill(batch, indices, of, mine);
        } catch (RuntimeException | Error e) {
            batch.failure = e;
        } finally {
            lock.lock();
        }
        if (begun == pass) {
            ready[mine % ready.length] = batch;
            done.signal();
        } else {
            free.push(batch);
            work.signal();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            work.signalAll();
            done.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
