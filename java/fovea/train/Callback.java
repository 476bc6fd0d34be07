package fovea.train;

import fovea.data.Dataset;

/**
 * What wants to know how a run goes. All methods are called by the thread that trains, between steps, and may use the session.
 *
 * <pre>{@code
 * trainer.callback(new Callback() {
 *     public void epochEnded(Trainer trainer, Epoch epoch) {
 *         System.out.println(epoch.validationAccuracy());
 *     }
 * });
 * }</pre>
 */
public interface Callback {
    /** Before the first step of {@link Trainer#fit}, resumed or not. */
    default void started(Trainer trainer) {
    }

    /** Before the first step of an epoch, counted from 1; not again where a run is resumed within one. */
    default void epochStarted(Trainer trainer, int epoch, Dataset train) {
    }

    /** After an optimizer step; iterations are counted from 1 over the whole run. */
    default void stepped(Trainer trainer, long iteration, double loss) {
    }

    /** After the evaluation that ends an epoch. */
    default void epochEnded(Trainer trainer, Epoch epoch) {
    }

    /** After the last epoch, or when the run stops earlier. */
    default void ended(Trainer trainer, History history) {
    }
}
