package fovea;

import fovea.bindings.FoveaNative;
import fovea.runtime.Access;
import fovea.runtime.Cpus;
import fovea.runtime.InstructionSets;
import fovea.runtime.Memory;
import fovea.runtime.Native;
import fovea.runtime.Plan;
import fovea.runtime.Plans;
import fovea.runtime.Pool;
import fovea.runtime.Tape;
import fovea.runtime.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * Everything that outlives a pass: the native context with its thread budget, parameters, plans and memory. One thread owns a
 * session; several sessions in several threads work side by side.
 *
 * <pre>{@code
 * try (var session = Session.open(Session.options().threads(4).seed(42))) {
 *     var w = session.parameter("w", Shape.of(10, 784));
 *     try (var step = session.step(Mode.TRAIN)) {
 *         ...
 *     }
 * }
 * }</pre>
 */
public final class Session implements AutoCloseable {
    /**
     * How a session works.
     *
     * <p>What runs again gives the same bits: with the same options, the same seed and thread count among them, on the same CPU, losses
     * and weights are bitwise equal, in one JVM or in two and whatever other sessions do meanwhile. With {@code strict} they are so for
     * any thread count too. Instruction sets differ from each other in the last bits.
     *
     * @param threads most threads that its native calls use; by default what the JVM may use, cgroup quota included
     * @param isa instruction set: "best", "scalar", "avx2", "avx512" or "neon"; property {@code fovea.isa} sets the default
     * @param seed of the session's random numbers
     * @param strict the same bits for any thread count, at the cost of some speed
     * @param checkFinite an {@link ArithmeticException} names the first op whose output holds NaN or infinity
     * @param winograd whether 3x3 and 5x5 convolutions may use it: faster, with a larger (bounded) rounding error
     * @param provider who computes where there is a choice: "auto", "own" or "onednn"
     * @param prefer implementations, separated by commas, that are taken wherever they can run: "own:plain", or "" for none
     * @param precision whether convolutions and products may round what they multiply to bf16; see {@link Session#precision}
     * @param recompute whether results of batch norms inside of layers are given up behind their last reader and made anew where
     *        backward needs them: the same bits in less memory, for one more pass over each; {@link Step#checkpoint} trades more
     */
    public record Options(int threads, String isa, long seed, boolean strict, boolean checkFinite, boolean winograd, String provider,
            String prefer, Precision precision, boolean recompute) {
        public Options threads(int n) {
            return new Options(n, isa, seed, strict, checkFinite, winograd, provider, prefer, precision, recompute);
        }

        public Options isa(String name) {
            return new Options(threads, name, seed, strict, checkFinite, winograd, provider, prefer, precision, recompute);
        }

        public Options seed(long start) {
            return new Options(threads, isa, start, strict, checkFinite, winograd, provider, prefer, precision, recompute);
        }

        public Options strict(boolean on) {
            return new Options(threads, isa, seed, on, checkFinite, winograd, provider, prefer, precision, recompute);
        }

        public Options checkFinite(boolean on) {
            return new Options(threads, isa, seed, strict, on, winograd, provider, prefer, precision, recompute);
        }

        public Options winograd(boolean on) {
            return new Options(threads, isa, seed, strict, checkFinite, on, provider, prefer, precision, recompute);
        }

        public Options provider(String name) {
            return new Options(threads, isa, seed, strict, checkFinite, winograd, name, prefer, precision, recompute);
        }

        public Options prefer(String names) {
            return new Options(threads, isa, seed, strict, checkFinite, winograd, provider, names, precision, recompute);
        }

        public Options precision(Precision of) {
            return new Options(threads, isa, seed, strict, checkFinite, winograd, provider, prefer, of, recompute);
        }

        public Options recompute(boolean on) {
            return new Options(threads, isa, seed, strict, checkFinite, winograd, provider, prefer, precision, on);
        }
    }

    /** Off-heap memory of a session in bytes: taken from the system, in use by steps, in use by parameters, and the most ever in use. */
    public record MemoryUse(long held, long steps, long parameters, long peak) {
        @Override
        public String toString() {
            return "%.1f MB held, %.1f MB in steps, %.1f MB in parameters, peak %.1f MB".formatted(
                    held / 1e6, steps / 1e6, parameters / 1e6, peak / 1e6);
        }
    }

    /** The defaults. System properties change them: {@code fovea.threads}, {@code .isa}, {@code .provider}, {@code .prefer},
     * {@code .precision}, {@code .recompute}. */
    public static Options options() {
        return new Options(Cpus.threads(), System.getProperty("fovea.isa", "best"), 0, false, false, true,
                System.getProperty("fovea.provider", "auto"), System.getProperty("fovea.prefer", ""),
                Precision.of(System.getProperty("fovea.precision", "f32")),
                Boolean.parseBoolean(System.getProperty("fovea.recompute", "false")));
    }

    public static Session open() {
        return open(options());
    }

    public static Session open(Options options) {
        return new Session(options, false, UnaryOperator.identity());
    }

    /** For tests: every tensor ends at a protected page ({@code guarded}), and plans are replaced by damaged ones. */
    static Session open(Options options, boolean guarded, UnaryOperator<Plan> plans) {
        return new Session(options, guarded, plans);
    }

    static {
        Access.open(Session::nativeContext, Tensor::live);
    }

    private final Options options;
    private final Thread owner = Thread.currentThread();
    private final Native nativeContext;
    private final Precision precision;
    private final Pool stepPool;
    private final Pool parameterPool;
    private final Plans plans;
    private final Map<Mode, Step> steps = new EnumMap<>(Mode.class);
    private final Map<Mode, Tape> tapes = new EnumMap<>(Mode.class);
    private final List<Value> persistent = new ArrayList<>();
    /** Sessions whose memory this one reads, and how many read this one's. */
    private final List<Session> lenders = new ArrayList<>();
    private final AtomicInteger loans = new AtomicInteger();
    private final Leak leak;
    private Step current;
    private long stepNumber;
    private long draws;
    private boolean profiling;
    private volatile boolean open = true;

    private Session(Options options, boolean guarded, UnaryOperator<Plan> replacement) {
        this.options = options;
        if (options.threads() < 1 || options.threads() > 4096) {
            throw new IllegalArgumentException("threads is %d; give 1 to 4096".formatted(options.threads()));
        }
        nativeContext = new Native(InstructionSets.id(options.isa()), options.threads());
        nativeContext.seed(options.seed());
        nativeContext.option(FoveaNative.FOV_OPTION_STRICT(), options.strict() ? 1 : 0);
        nativeContext.option(FoveaNative.FOV_OPTION_WINOGRAD(), options.winograd() ? 1 : 0);
        nativeContext.option(FoveaNative.FOV_OPTION_PROVIDER(), providerId(options.provider()));
        nativeContext.prefer(options.prefer());
        precision = RoundedProducts.apply(options.precision(), nativeContext);
        stepPool = new Pool(nativeContext, guarded);
        parameterPool = new Pool(nativeContext, guarded);
        plans = new Plans(nativeContext, replacement);
        var watch = new Tape.Watch() {
            @Override
            public long nextDraw() {
                return Session.this.nextDraw();
            }

            @Override
            public boolean profiling() {
                return profiling;
            }

            @Override
            public boolean checking() {
                return options.checkFinite();
            }

            @Override
            public boolean recomputing() {
                return options.recompute();
            }
        };
        for (var mode : Mode.values()) {
            var tape = new Tape(nativeContext, stepPool, parameterPool, plans, watch, mode == Mode.TRAIN);
            tapes.put(mode, tape);
            steps.put(mode, new Step(this, tape, mode));
        }
        leak = Leak.watch(this);
    }

    private static int providerId(String name) {
        return switch (name) {
            case "auto" -> FoveaNative.FOV_PROVIDER_AUTO();
            case "own" -> FoveaNative.FOV_PROVIDER_OWN();
            case "onednn" -> FoveaNative.FOV_PROVIDER_ONEDNN();
            default -> throw new IllegalArgumentException("provider '%s' is unknown; give auto, own or onednn".formatted(name));
        };
    }

    public Options configuration() {
        return options;
    }

    /** The instruction set in use, for example "avx512". */
    public String isa() {
        checkAccess();
        return InstructionSets.name(nativeContext.isa());
    }

    /**
     * In what convolutions and products are computed: {@link Precision#F32} also where the options ask for bf16 and the CPU has no
     * instructions for it. The property {@code fovea.bf16=emulated} computes the same roundings without them: slowly, for tests.
     */
    public Precision precision() {
        return precision;
    }

    public boolean isOpen() {
        return open;
    }

    /** Opens a pass. One at a time: close it before the next. */
    public Step step(Mode mode) {
        checkAccess();
        if (current != null) {
            throw new IllegalStateException("step %d is still open; close it (try-with-resources) before the next".formatted(
                    current.number()), current.openedAt());
        }
        if (plans.isFull()) {
            tapes.values().forEach(Tape::clear);
            plans.clear();
        }
        current = steps.get(mode).begin(++stepNumber, Leak.place("step"));
        return current;
    }

    /** The open step, which every tensor of it belongs to. */
    Step openStep(Tensor asker) {
        checkAccess();
        if (current == null) {
            throw new IllegalStateException("%s: no step is open; open one with session.step(mode)".formatted(asker.value));
        }
        return current;
    }

    long currentStep() {
        return current == null ? -1 : current.number();
    }

    void ended(Step step) {
        if (current == step) {
            current = null;
        }
    }

    /** A new trainable tensor, zero at first. Models make their own through their layers' initializers. */
    public Parameter parameter(String name, Shape shape) {
        var parameter = new Parameter(this, persistentValue(name, shape, ElementType.F32));
        parameter.value.handle = parameter;
        return parameter;
    }

    /** A tensor that lives as long as the session and is not trained: running statistics, a fixed input. Zero at first. */
    public Tensor tensor(String name, Shape shape, ElementType type) {
        var value = persistentValue(name, shape, type);
        var tensor = new Tensor(this, value);
        value.handle = tensor;
        return tensor;
    }

    /**
     * The same memory as a parameter of another session, frozen here. Several threads, each with a session of its own, so run one set
     * of weights; {@code fovea.nn.Model.replica} does this for a model. Nobody may train the lender meanwhile, and it closes last.
     */
    public Parameter borrow(Parameter of) {
        var parameter = new Parameter(this, borrowedValue(of));
        parameter.value.handle = parameter;
        parameter.freeze(true);
        return parameter;
    }

    /** The same memory as a tensor of another session, to be read only. */
    public Tensor borrow(Tensor of) {
        var tensor = new Tensor(this, borrowedValue(of));
        tensor.value.handle = tensor;
        return tensor;
    }

    private Value borrowedValue(Tensor of) {
        checkAccess();
        if (of.session == this || of.value.node() != null) {
            throw new IllegalArgumentException("borrow: %s is no parameter or tensor of another session".formatted(of.value));
        }
        if (!lenders.contains(of.session)) {
            of.session.lend();
            lenders.add(of.session);
        }
        var value = Value.borrowed(of.value);
        persistent.add(value);
        return value;
    }

    private void lend() {
        synchronized (loans) {
            if (!open) {
                throw new IllegalStateException("borrow: the session that lends is closed");
            }
            loans.incrementAndGet();
        }
    }

    private Value persistentValue(String name, Shape shape, ElementType type) {
        checkAccess();
        var value = Value.persistent(parameterPool, shape, type, name);
        value.data().fill((byte) 0);
        persistent.add(value);
        return value;
    }

    /** Where the session's random numbers stand; with the seed, all that a checkpoint needs to go on with the same ones. */
    public long randomPosition() {
        return draws;
    }

    public void randomPosition(long position) {
        draws = position;
    }

    /** The seed and the stream of one draw are all that its numbers depend on. */
    private long nextDraw() {
        return draws++;
    }

    void fillUniform(MemorySegment y, long n, float low, float high) {
        nativeContext.check(FoveaNative.fov_random_uniform(nativeContext.ctx(), y, n, options.seed(), nextDraw(), low, high));
    }

    void fillNormal(MemorySegment y, long n, float mean, float deviation) {
        nativeContext.check(FoveaNative.fov_random_normal(nativeContext.ctx(), y, n, options.seed(), nextDraw(), mean, deviation));
    }

    /** Makes sure that nobody else reads the memory of this gradient. */
    void ownGrad(Value value) {
        value.ownGrad(stepPool);
    }

    /** Writes row-major elements to memory that has the value's layout. */
    void fillFrom(Value like, MemorySegment target, float[] elements) {
        try (var arena = Arena.ofConfined()) {
            var plain = arena.allocateFrom(ValueLayout.JAVA_FLOAT, elements);
            nativeContext.check(FoveaNative.fov_reorder(nativeContext.ctx(), target, like.layout().id(), plain,
                    fovea.runtime.Layout.PLAIN.id(), Memory.typeId(ElementType.F32), Native.shape(arena, like.shape())));
        }
    }

    /** Times every op from now on, or stops. Read it with {@link #profile}. */
    public void profiling(boolean on) {
        checkAccess();
        profiling = on;
        if (on) {
            tapes.values().forEach(Tape::clearProfile);
        }
    }

    /** Where the time of the profiled passes went, in the order of the tape. */
    public List<Profile.Row> profile(Mode mode) {
        checkAccess();
        return Profile.of(tapes.get(mode));
    }

    public MemoryUse memory() {
        checkAccess();
        return new MemoryUse(stepPool.held() + parameterPool.held(), stepPool.used(), parameterPool.used(),
                stepPool.peak() + parameterPool.peak());
    }

    /** Changes the thread budget between two steps. */
    public void threads(int n) {
        checkAccess();
        if (n < 1 || n > 4096) {
            throw new IllegalArgumentException("threads is %d; give 1 to 4096".formatted(n));
        }
        if (current != null) {
            throw new IllegalStateException("step %d is open; change the number of threads between two steps".formatted(current.number()));
        }
        if (n != nativeContext.threads()) {
            nativeContext.option(FoveaNative.FOV_OPTION_THREADS(), n);
            // oneDNN's plans keep the number that they were made for.
            tapes.values().forEach(Tape::clear);
            plans.clear();
        }
    }

    public int threads() {
        checkAccess();
        return nativeContext.threads();
    }

    Native nativeContext() {
        return nativeContext;
    }

    void checkThread() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("this session belongs to thread '%s' and was used by '%s'; open one session per thread"
                    .formatted(owner.getName(), Thread.currentThread().getName()));
        }
    }

    void checkAccess() {
        checkThread();
        if (!open) {
            throw new IllegalStateException("the session is closed; open a new one with Session.open()");
        }
    }

    /** Closes the open step, if any, and gives all memory back. Closing twice does nothing. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        checkThread();
        synchronized (loans) {
            if (loans.get() > 0) {
                throw new IllegalStateException("%d other sessions read this one's parameters; close them first".formatted(loans.get()));
            }
            open = false;
        }
        if (current != null) {
            current.close();
        }
        tapes.values().forEach(Tape::clear);
        persistent.forEach(Value::close);
        lenders.forEach(lender -> lender.loans.decrementAndGet());
        plans.close();
        stepPool.close();
        parameterPool.close();
        nativeContext.close();
        leak.closed();
    }

    @Override
    public String toString() {
        return open ? "Session[%s, %d threads, %s]".formatted(Arrays.asList(isa(), options.provider()), threads(), memory())
                : "Session[closed]";
    }
}
