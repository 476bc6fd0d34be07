package fovea.bindings;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Compares a header with the compiled bindings; every method returns the disagreements as sentences. */
final class Agreement {
    private static final String REMEDY = "; run bindings/regenerate.sh";

    private Agreement() {
    }

    /** What stands in the header against what jextract says it read. */
    static List<String> ofText(CHeader header, CHeader bound) {
        var found = new ArrayList<String>();
        compare(header.functions(), bound.functions(), found);
        compare(header.structs(), bound.structs(), found);
        compare(header.constants(), bound.constants(), found);
        // Of an enum's name jextract keeps nothing.
        var types = new TreeMap<>(header.types());
        types.values().removeIf("enum"::equals);
        compare(types, bound.types(), found);
        return found;
    }

    /** The types that a call really passes. Links every function, so the library has to be loaded. */
    static List<String> ofDescriptors(CHeader header) {
        var expected = new TreeMap<String, String>();
        header.functions().forEach((name, function) -> expected.put(name, CLayouts.words(new CLayouts(header).of(function))));
        var bound = new TreeMap<String, String>();
        for (var name : methods(FoveaNative.class, m -> m.getName().endsWith("$descriptor"))) {
            bound.put(name.replace("$descriptor", ""), descriptor(name));
        }
        return compared(expected, bound);
    }

    private static String descriptor(String name) {
        try {
            return CLayouts.words((FunctionDescriptor) call(FoveaNative.class, name));
        } catch (LinkageError e) {
            return "nothing, for the library that was loaded does not export it";
        }
    }

    /** Names, types and offsets of the fields, as the layout and as the accessors have them. */
    static List<String> ofStructs(CHeader header, Set<String> classes) {
        var expected = new TreeMap<String, String>();
        header.structs().forEach((name, struct) -> expected.put(name, CLayouts.words(new CLayouts(header).of(struct))));
        var bound = new TreeMap<String, String>();
        var found = new ArrayList<String>();
        for (var name : classes) {
            var type = classNamed(name);
            var layout = (GroupLayout) call(type, "layout");
            bound.put(name, CLayouts.words(layout));
            for (var field : methods(type, m -> m.getName().endsWith("$offset"))) {
                var member = PathElement.groupElement(field.replace("$offset", ""));
                if ((long) call(type, field) != layout.byteOffset(member)) {
                    found.add(name + "." + field + " is not the layout's");
                }
            }
        }
        found.addAll(compared(expected, bound));
        return found;
    }

    static List<String> ofConstants(CHeader header) {
        var bound = new TreeMap<String, Number>();
        for (var name : methods(FoveaNative.class, m -> m.getParameterCount() == 0 && m.getName().startsWith("FOV_"))) {
            bound.put(name, call(FoveaNative.class, name) instanceof Number n ? n.longValue() : Double.NaN);
        }
        return compared(header.constants(), bound);
    }

    /** What includes.txt tells jextract to take. A struct without fields is one too: functions name it. */
    static List<String> ofIncludes(CHeader header, List<String> lines) {
        var listed = new TreeMap<String, String>();
        for (var line : lines) {
            var words = line.split(" ");
            if (!line.startsWith("#") && !words[0].equals("--include-struct")) {
                listed.put(words[1], words[0]);
            }
        }
        var expected = new TreeMap<String, String>();
        header.functions().keySet().forEach(name -> expected.put(name, "--include-function"));
        header.constants().keySet().forEach(name -> expected.put(name, "--include-constant"));
        header.types().forEach((name, type) -> {
            if (!type.equals("enum")) {
                expected.put(name, "--include-typedef");
            }
        });
        return compared(expected, listed);
    }

    private static List<String> compared(Map<String, ?> header, Map<String, ?> bound) {
        var found = new ArrayList<String>();
        compare(header, bound, found);
        return found;
    }

    private static void compare(Map<String, ?> header, Map<String, ?> bound, List<String> found) {
        var names = new TreeSet<>(header.keySet());
        names.addAll(bound.keySet());
        for (var name : names) {
            var there = header.get(name);
            var here = bound.get(name);
            if (there == null) {
                found.add(name + " is bound, but fovea.h does not declare it" + REMEDY);
            } else if (here == null) {
                found.add(name + " is declared in fovea.h, but not bound" + REMEDY);
            } else if (!there.equals(here)) {
                found.add(name + " is `" + there + "` in fovea.h, but `" + here + "` in the bindings" + REMEDY);
            }
        }
    }

    private static Class<?> classNamed(String name) {
        try {
            return Class.forName("fovea.bindings." + name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> methods(Class<?> type, Predicate<Method> wanted) {
        return Arrays.stream(type.getDeclaredMethods()).filter(m -> Modifier.isStatic(m.getModifiers())).filter(wanted)
                .map(Method::getName).toList();
    }

    private static Object call(Class<?> type, String method) {
        try {
            return type.getDeclaredMethod(method).invoke(null);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new AssertionError(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
