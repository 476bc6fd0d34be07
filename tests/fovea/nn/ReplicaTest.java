package fovea.nn;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class ReplicaTest {
    private static final Shape IN = Shape.of(3, 8, 8);
    private static final Layer NET = sequential(conv2d(16, 3).padding(1).bias(false), batchNorm(), relu(), flatten(), dense(200), relu(),
            dense(5));

    @Test
    void severalThreadsComputeWithOneSetOfWeights() throws Exception {
        try (var session = Session.open(Session.options().threads(1)); var threads = Executors.newFixedThreadPool(3)) {
            var model = NET.build(session, IN, 7);
            Runs.train(session, model, 4, 1);
            var expected = Runs.eval(session, model, 2, 3);
            Callable<float[]> replica = () -> {
                try (var mine = Session.open(Session.options().threads(1))) {
                    var twin = model.replica(mine);
                    assertTrue(twin.parameters().stream().allMatch(p -> p.frozen()));
                    return Runs.eval(mine, twin, 2, 3);
                }
            };
            for (var y : threads.invokeAll(java.util.Collections.nCopies(6, replica))) {
                assertArrayEquals(expected, y.get());
            }
        }
    }

    @Test
    void seesTheLendersLaterChangesAndHoldsNoWeightsOfItsOwn() {
        try (var session = Session.open(); var other = Session.open()) {
            var model = NET.build(session, IN, 7);
            var replica = model.replica(other);
            assertTrue(other.memory().parameters() < session.memory().parameters() / 10, () -> other.memory() + " of " + session.memory());
            var before = Runs.eval(other, replica, 2, 3);
            var w = model.parameter("4.weight");
            var doubled = w.toArray();
            for (var i = 0; i < doubled.length; i++) {
                doubled[i] *= 2;
            }
            w.copyFrom(doubled);
            assertFalse(Arrays.equals(before, Runs.eval(other, replica, 2, 3)));
            assertArrayEquals(Runs.eval(session, model, 2, 3), Runs.eval(other, replica, 2, 3));
        }
    }

    @Test
    void cannotBeWrittenAndOutlivesNothing() {
        var session = Session.open();
        var model = NET.build(session, IN, 7);
        var messages = new ArrayList<String>();
        try (var other = Session.open()) {
            var replica = model.replica(other);
            messages.add(assertThrows(IllegalStateException.class, () -> replica.parameter("4.weight").copyFrom(new float[200 * 1024]))
                    .getMessage());
            messages.add(assertThrows(IllegalStateException.class, session::close).getMessage());
            messages.add(assertThrows(IllegalArgumentException.class, () -> other.borrow(replica.parameter("4.weight"))).getMessage());
            assertTrue(session.isOpen());
        }
        session.close();
        assertTrue(messages.get(0).contains("change it there"), messages.get(0));
        assertTrue(messages.get(1).contains("close them first"), messages.get(1));
        assertTrue(messages.get(2).contains("another session"), messages.get(2));
    }
}
