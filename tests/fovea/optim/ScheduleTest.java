package fovea.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static void assertCourse(Schedule schedule, double... factors) {
        assertArrayEquals(factors, LongStream.range(0, factors.length).mapToDouble(schedule::at).toArray(), 1e-12);
    }

    @Test
    void stepsDown() {
        assertCourse(Schedule.constant(), 1, 1, 1, 1);
        assertCourse(Schedule.steps(2, 0.1), 1, 1, 0.1, 0.1, 0.01);
        assertCourse(Schedule.multiStep(0.5, 1, 3), 1, 0.5, 0.5, 0.25, 0.25);
        assertCourse(Schedule.exponential(0.5), 1, 0.5, 0.25, 0.125);
    }

    @Test
    void annealsAlongCosines() {
        var half = Math.sqrt(0.5);
        assertCourse(Schedule.cosine(4), 1, (1 + half) / 2, 0.5, (1 - half) / 2, 0, 0);
        assertCourse(Schedule.cosine(2).floor(0.5), 1, 0.75, 0.5, 0.5);
        assertCourse(Schedule.cosineRestarts(2, 2), 1, 0.5, 1, (1 + half) / 2, 0.5, (1 - half) / 2, 1);
    }

    @Test
    void risesAndFallsInOneCycle() {
        // 10 steps: the top is step 0.3 * 10 - 1 = 2, the end step 9.
        var schedule = Schedule.oneCycle(10);
        assertEquals(1 / 25.0, schedule.at(0), 1e-12);
        assertEquals((1 + 1 / 25.0) / 2, schedule.at(1), 1e-12);
        assertEquals(1, schedule.at(2), 1e-12);
        assertEquals(1 / 25.0 / 1e4, schedule.at(9), 1e-12);
        assertEquals(1 / 25.0 / 1e4, schedule.at(20), 1e-12);
    }

    @Test
    void fallsAsAPowerAndAlongLines() {
        assertCourse(Schedule.polynomial(4, 2), 1, 0.5625, 0.25, 0.0625, 0, 0);
        assertCourse(Schedule.linear(0, 1, 4), 0, 0.25, 0.5, 0.75, 1, 1);
    }

    @Test
    void warmsUpBeforeAnything() {
        assertCourse(Schedule.steps(1, 0.5).warmUp(4), 0.25, 0.4375, 0.625, 0.8125, 1, 0.5, 0.25);
        assertCourse(Schedule.constant().warmUp(2, 0), 0, 0.5, 1, 1);
        assertCourse(Schedule.constant().then(2, Schedule.exponential(0.1)), 1, 1, 1, 0.1, 0.01);
    }

    @Test
    void refusesLengthsOfNothing() {
        assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(0));
        assertThrows(IllegalArgumentException.class, () -> Schedule.steps(0, 0.1));
        assertThrows(IllegalArgumentException.class, () -> Schedule.cosineRestarts(1, 0.5));
        assertThrows(IllegalArgumentException.class, () -> new Schedule.OneCycle(10, 1, 25, 1e4));
    }

    @Test
    void plateausLowerTheRateAfterTheirPatience() {
        var plateau = new Plateau(new Plateau.Options().patience(1).factor(0.5).cooldown(1).floor(0.2));
        assertEquals(1, plateau.observe(10));
        assertEquals(1, plateau.observe(9));
        assertEquals(1, plateau.observe(9));            // no improvement, first
        var resumed = new Plateau(new Plateau.Options().patience(1).factor(0.5).cooldown(1).floor(0.2));
        resumed.load(plateau.state());
        for (var p : new Plateau[] {plateau, resumed}) {
            assertEquals(0.5, p.observe(Double.NaN));   // second
            assertEquals(0.5, p.observe(9));            // cools down
            assertEquals(0.5, p.observe(9));
            assertEquals(0.25, p.observe(9));
            assertEquals(0.25, p.observe(9));
            assertEquals(0.25, p.observe(9));
            assertEquals(0.2, p.observe(9));
        }
        var accuracy = new Plateau(new Plateau.Options().largerIsBetter(true).patience(0));
        assertEquals(1, accuracy.observe(0.5));
        assertEquals(1, accuracy.observe(0.6));
        assertEquals(0.1, accuracy.observe(0.6), 1e-12);
    }
}
