package fovea.nn;

import static fovea.nn.Layers.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.ElementType;
import fovea.Gradients;
import fovea.Mode;
import fovea.Parameter;
import fovea.Session;
import fovea.Shape;
import fovea.Tensor;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelTest {
    /** {@code x + w} for a batch of one: the smallest layer with a parameter. */
    record Shift(float start) implements Layer {
        @Override
        public Shape outputShape(Shape in) {
            return in;
        }

        @Override
        public Block build(Scope scope, Shape in) {
            var w = scope.parameter("shift", Shape.of(1).concat(in), Init.constant(start));
            return x -> x.add(w);
        }
    }

    private static final Shape IN = Shape.of(3);
    private static final Shape BATCH = Shape.of(1, 3);

    private static List<String> names(List<Parameter> parameters) {
        return parameters.stream().map(Parameter::name).toList();
    }

    @Test
    void namesParametersByPath() {
        var net = sequential(new Shift(1), relu(), named("head", sequential(new Shift(2), new Shift(3))));
        try (var session = Session.open()) {
            var model = net.build(session, IN, 1);
            assertEquals(List.of("0.shift", "head.0.shift", "head.1.shift"), names(model.parameters()));
            assertEquals(List.of("head.1.shift"), names(model.parameters("head.1")));
            assertEquals(2, model.parameters("head").size());
            assertEquals(3, model.parameters("*.shift").size());
            assertEquals(1, model.parametersExcept("head").size());
            assertThrows(IllegalArgumentException.class, () -> model.parameters("tail.*"));
            try (var step = session.step(Mode.EVAL)) {
                assertArrayEquals(new float[] {6, 5, 7}, model.forward(step.of(BATCH, 0, -1, 1)).toArray());
            }
        }
    }

    @Test
    void freezesByPattern() {
        try (var session = Session.open()) {
            var model = sequential(new Shift(1), new Shift(2)).build(session, IN, 1);
            model.freeze("0");
            try (var step = session.step(Mode.TRAIN)) {
                step.backward(model.forward(step.of(BATCH, 0, 0, 0)), Gradients.REPLACE, 1, 2, 3);
            }
            assertFalse(model.parameter("0.shift").hasGrad());
            assertArrayEquals(new float[] {1, 2, 3}, model.parameter("1.shift").grad());
            model.unfreeze("*");
            assertFalse(model.parameter("0.shift").frozen());
        }
    }

    @Test
    void sharedWeightsAreOneParameterAndGetBothGradients() {
        var twice = shared("both", new Shift(1));
        try (var session = Session.open()) {
            var model = sequential(twice, relu(), twice).build(session, IN, 1);
            assertEquals(List.of("both.shift"), names(model.parameters()));
            try (var step = session.step(Mode.TRAIN)) {
                var y = model.forward(step.of(BATCH, 1, 1, -5));
                assertArrayEquals(new float[] {3, 3, 1}, y.toArray());
                step.backward(y, Gradients.REPLACE, 1, 1, 1);
            }
            assertArrayEquals(new float[] {2, 2, 1}, model.parameter("both.shift").grad());
            assertEquals(3, model.summary().parameters());
        }
    }

    @Test
    void refusesTwoParametersOfOneName() {
        var net = sequential(named("a", new Shift(1)), named("a", new Shift(1)));
        var e = assertThrows(LayerException.class, () -> net.summary(IN));
        assertTrue(e.getMessage().contains("a.shift is taken"), e.getMessage());
    }

    @Test
    void hooksReadAndReplaceActivations() {
        try (var session = Session.open()) {
            var model = sequential(new Shift(1), relu(), new Shift(2)).build(session, IN, 1);
            var seen = new HashMap<String, float[]>();
            var hook = model.onActivation("0", (path, y) -> {
                seen.put(path, y.toArray());
                return y.add(y);
            });
            try (var step = session.step(Mode.EVAL)) {
                assertArrayEquals(new float[] {4, 6, 2}, model.forward(step.of(BATCH, 0, 1, -2)).toArray());
            }
            hook.close();
            assertArrayEquals(new float[] {1, 2, -1}, seen.get("0"));
            try (var step = session.step(Mode.EVAL)) {
                assertArrayEquals(new float[] {3, 4, 2}, model.forward(step.of(BATCH, 0, 1, -2)).toArray());
            }
        }
    }

    @Test
    void hooksReadAndReplaceGradients() {
        try (var session = Session.open()) {
            var model = sequential(new Shift(1), new Shift(2), new Shift(3)).build(session, IN, 1);
            model.onGradient("1", (path, g) -> {
                assertArrayEquals(new float[] {1, 2, 3}, g);
                return new float[] {10, 20, 30};
            });
            try (var step = session.step(Mode.TRAIN)) {
                step.backward(model.forward(step.of(BATCH, 0, 0, 0)), Gradients.REPLACE, 1, 2, 3);
            }
            assertArrayEquals(new float[] {1, 2, 3}, model.parameter("2.shift").grad());
            assertArrayEquals(new float[] {10, 20, 30}, model.parameter("1.shift").grad());
            assertArrayEquals(new float[] {10, 20, 30}, model.parameter("0.shift").grad());
        }
    }

    @Test
    void innerTensorsAreGivenUpUnlessALayerKeepsThem() {
        var kept = new Tensor[1];
        var keeper = lambda("keeper", x -> kept[0] = x.relu());
        try (var session = Session.open()) {
            var model = sequential(relu(), keeper, relu(), relu()).build(session, Shape.of(1024), 1);
            try (var step = session.step(Mode.EVAL)) {
                var y = model.forward(step.input(Shape.of(4, 1024), ElementType.F32));
                assertEquals(4096, kept[0].toArray().length);
                // The input, what goes into the keeper and out of it, and y; the result of the third layer is gone.
                assertEquals(4 * 4 * 4096, session.memory().steps());
                assertEquals(4096, y.toArray().length);
            }
        }
    }

    @Test
    void sideOutputsAreReadAfterTheForwardPass() {
        try (var session = Session.open()) {
            var model = sequential(new Shift(1), named("aux", sideOutput(new Shift(10))), new Shift(2)).build(session, IN, 1);
            assertEquals(List.of("0.shift", "aux.shift", "2.shift"), names(model.parameters()));
            try (var step = session.step(Mode.TRAIN)) {
                assertArrayEquals(new float[] {3, 3, 3}, model.forward(step.of(BATCH, 0, 0, 0)).toArray());
                assertArrayEquals(new float[] {11, 11, 11}, model.output("aux").toArray());
            }
            try (var step = session.step(Mode.EVAL)) {
                model.forward(step.of(BATCH, 0, 0, 0));
                assertThrows(IllegalStateException.class, () -> model.output("aux"));
            }
        }
    }

    @Test
    void loadsAllOrNothing() {
        try (var session = Session.open()) {
            var model = sequential(new Shift(1), new Shift(2)).build(session, IN, 1);
            var arrays = new HashMap<String, Array>();
            arrays.put("0.shift", new Array(BATCH, new float[] {7, 8, 9}));
            arrays.put("1.shift", new Array(Shape.of(3), new float[3]));
            arrays.put("2.shift", new Array(BATCH, new float[3]));
            var e = assertThrows(IllegalArgumentException.class, () -> model.load(arrays));
            assertTrue(e.getMessage().contains("unknown here: 2.shift"), e.getMessage());
            assertTrue(e.getMessage().contains("1.shift is [1, 3] here and [3] there"), e.getMessage());
            assertArrayEquals(new float[] {1, 1, 1}, model.parameter("0.shift").toArray());
            model.load(arrays, name -> name.startsWith("0"));
            assertArrayEquals(new float[] {7, 8, 9}, model.parameter("0.shift").toArray());
            assertEquals(List.of("0.shift", "1.shift"), List.copyOf(model.state().keySet()));
        }
    }

    @Test
    void errorsCarryThePathOfTheLayer() {
        var picky = lambda("picky", in -> {
            if (in.rank() != 1) {
                throw new IllegalArgumentException("picky: needs [features], got " + in);
            }
            return in;
        }, x -> x);
        var net = sequential(relu(), named("head", sequential(relu(), picky)));
        var e = assertThrows(LayerException.class, () -> net.summary(Shape.of(3, 4, 4)));
        assertEquals("head.1", e.path());
        assertTrue(e.getMessage().startsWith("head.1: picky: needs"), e.getMessage());
        assertEquals("head.1", assertThrows(LayerException.class, () -> net.outputShape(Shape.of(3, 4, 4))).path());
    }

    @Test
    void summaryNeedsNoSession() {
        var net = sequential(new Shift(1), flatten(), residual(new Shift(2)), relu());
        var summary = net.summary(Shape.of(2, 3));
        assertEquals(Shape.of(6), summary.output());
        assertEquals(12, summary.parameters());
        assertEquals(List.of("0", "1", "2.body", "3"), summary.rows().stream().map(Summary.Row::path).toList());
        assertEquals(6, summary.row("2.body").parameters());
        assertTrue(summary.toString().contains("12 parameters"), summary.toString());
    }
}
