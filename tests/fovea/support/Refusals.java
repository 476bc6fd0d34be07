package fovea.support;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Session;
import fovea.Step;
import java.util.function.Function;

/** Bad arguments: an {@link IllegalArgumentException} that says what came and what the rule is. */
public final class Refusals {
    private Refusals() {
    }

    /** The body is refused with a message that holds all the parts, and the step goes on working afterwards. */
    public static void of(Function<Step, ?> body, String... parts) {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var e = assertThrows(IllegalArgumentException.class, () -> body.apply(step));
            for (var part : parts) {
                assertTrue(e.getMessage().contains(part), () -> "'" + part + "' is missing in: " + e.getMessage());
            }
            assertTrue(step.of(fovea.Shape.of(1), 2).relu().item() == 2);
        }
    }
}
