package fovea.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Measures;
import fovea.TensorTest;
import fovea.TrainingLoopTest;
import fovea.support.OpCase;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** No op without a contract test, none without a bench. */
class OpTest {
    /** Random ops, those that compute nothing, and bytes that become images: no contract fits, and these are their tests. */
    private static final Map<Class<? extends Op>, Class<?>> OTHERWISE = Map.of(Dropout.class, DropoutTest.class, RandomRelu.class,
            RandomReluTest.class, ImageToFloat.class, ImageToFloatTest.class, Detach.class, TrainingLoopTest.class, Input.class,
            TensorTest.class);

    /** Ops that a step inserts by itself or that run nothing: they are part of every bench. */
    private static final List<Class<? extends Op>> UNMEASURED = List.of(Input.class, Reorder.class);

    private static List<Class<?>> ops() {
        return List.of(Op.class.getPermittedSubclasses());
    }

    /** The classes beside a class whose names end like this. */
    private static List<Class<?>> beside(Class<?> one, String end) throws Exception {
        try (var files = Files.list(Path.of(one.getResource(one.getSimpleName() + ".class").toURI()).getParent())) {
            var classes = new ArrayList<Class<?>>();
            for (var name : files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(end + ".class") && !f.contains("$")).sorted()
                    .toList()) {
                classes.add(Class.forName(one.getPackageName() + "." + name.replace(".class", "")));
            }
            return classes;
        }
    }

    /** Makes the cases of all contract tests, without running them, and looks which ops they are of. */
    @Test
    void everyOpHasAContractTest() throws Exception {
        for (var test : beside(OpTest.class, "Test")) {
            for (var method : test.getDeclaredMethods()) {
                if (!method.isAnnotationPresent(TestFactory.class)) {
                    continue;
                }
                method.setAccessible(true);
                var constructor = test.getDeclaredConstructor();
                constructor.setAccessible(true);
                switch (method.invoke(Modifier.isStatic(method.getModifiers()) ? null : constructor.newInstance())) {
                    case Stream<?> stream -> assertTrue(stream.count() > 0, method::toString);
                    case Collection<?> collection -> assertTrue(!collection.isEmpty(), method::toString);
                    case Object other -> throw new IllegalStateException(method + " returns " + other.getClass());
                }
            }
        }
        var missing = new ArrayList<>(ops());
        missing.removeAll(OpCase.ops());
        missing.removeAll(OTHERWISE.keySet());
        assertEquals(List.of(), missing, "ops without a contract test");
    }

    @Test
    void everyOpHasABench() throws Exception {
        var measured = beside(Measures.class, "Bench").stream().filter(c -> c.isAnnotationPresent(Measures.class))
                .flatMap(c -> Arrays.stream(c.getAnnotation(Measures.class).value())).toList();
        var missing = new ArrayList<>(ops());
        missing.removeAll(measured);
        missing.removeAll(UNMEASURED);
        assertEquals(List.of(), missing, "ops that no bench @Measures");
    }
}
