package fovea.bindings;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Headers that differ from the real one in one place: what a forgotten regenerate.sh looks like. */
final class Plants {
    private Plants() {
    }

    /** {@code name} is the declaration that changed; {@code movesBytes} where a call, a layout or a value changes with it. */
    record Plant(String name, String change, boolean movesBytes, CHeader header) {
        @Override
        public String toString() {
            return name + ": " + change;
        }
    }

    static List<Plant> all(CHeader header) {
        var all = new ArrayList<Plant>();
        header.functions().values().forEach(f -> plantIn(f, header, all));
        header.structs().values().forEach(s -> plantIn(s, header, all));
        header.constants().forEach((name, value) -> {
            all.add(new Plant(name, "another value", true, withConstants(header, put(header.constants(), name, value + 1))));
            all.add(new Plant(name, "removed", true, withConstants(header, without(header.constants(), name))));
        });
        all.add(new Plant("FOV_PLANTED", "added", true, withConstants(header, put(header.constants(), "FOV_PLANTED", 1L))));
        var narrow = put(header.types(), "fov_i64", "int");
        all.add(new Plant("fov_i64", "narrowed", false, new CHeader(header.functions(), header.structs(), narrow, header.constants())));
        return all;
    }

    private static void plantIn(CHeader.Function f, CHeader header, List<Plant> all) {
        all.add(new Plant(f.name(), "removed", true, withFunctions(header, without(header.functions(), f.name()))));
        all.add(new Plant(f.name() + "_planted", "added", true, withFunctions(header, put(header.functions(), f.name() + "_planted", f))));
        all.add(changed(header, f, "returns double", true, "double", f.parameters()));
        for (int i = 0; i < f.parameters().size(); i++) {
            var p = f.parameters().get(i);
            var constant = p.type().startsWith("const ") ? p.type().substring(6) : "const " + p.type();
            all.add(changed(header, f, p + " dropped", true, f.returns(), without(f.parameters(), i)));
            all.add(changed(header, f, p + " became an int16_t", true, f.returns(), with(f.parameters(), i, "int16_t", p.name())));
            all.add(changed(header, f, p + " became " + constant, false, f.returns(), with(f.parameters(), i, constant, p.name())));
            all.add(changed(header, f, p + " renamed", false, f.returns(), with(f.parameters(), i, p.type(), p.name() + "_planted")));
            if (i > 0) {
                all.add(changed(header, f, p + " swapped with the one before", false, f.returns(), swapped(f.parameters(), i)));
            }
        }
    }

    private static void plantIn(CHeader.Struct s, CHeader header, List<Plant> all) {
        all.add(new Plant(s.name(), "removed", false, withStructs(header, without(header.structs(), s.name()))));
        for (int i = 0; i < s.fields().size(); i++) {
            var field = s.fields().get(i);
            all.add(changed(header, s, field + " dropped", without(s.fields(), i)));
            all.add(changed(header, s, field + " became a uint16_t", with(s.fields(), i, "uint16_t", field.name())));
            all.add(changed(header, s, field + " renamed", with(s.fields(), i, field.type(), field.name() + "_planted")));
            if (i > 0) {
                all.add(changed(header, s, field + " swapped with the one before", swapped(s.fields(), i)));
            }
        }
    }

    private static Plant changed(CHeader header, CHeader.Function f, String change, boolean movesBytes, String returns,
            List<CHeader.Variable> parameters) {
        var planted = new CHeader.Function(returns, f.name(), parameters);
        return new Plant(f.name(), change, movesBytes, withFunctions(header, put(header.functions(), f.name(), planted)));
    }

    private static Plant changed(CHeader header, CHeader.Struct s, String change, List<CHeader.Variable> fields) {
        var planted = new CHeader.Struct(s.name(), fields);
        return new Plant(s.name(), change, true, withStructs(header, put(header.structs(), s.name(), planted)));
    }

    private static CHeader withFunctions(CHeader h, Map<String, CHeader.Function> functions) {
        return new CHeader(functions, h.structs(), h.types(), h.constants());
    }

    private static CHeader withStructs(CHeader h, Map<String, CHeader.Struct> structs) {
        return new CHeader(h.functions(), structs, h.types(), h.constants());
    }

    private static CHeader withConstants(CHeader h, Map<String, Long> constants) {
        return new CHeader(h.functions(), h.structs(), h.types(), constants);
    }

    private static <T> Map<String, T> put(Map<String, T> map, String name, T value) {
        var copy = new TreeMap<>(map);
        copy.put(name, value);
        return copy;
    }

    private static <T> Map<String, T> without(Map<String, T> map, String name) {
        var copy = new TreeMap<>(map);
        copy.remove(name);
        return copy;
    }

    private static List<CHeader.Variable> without(List<CHeader.Variable> list, int i) {
        var copy = new ArrayList<>(list);
        copy.remove(i);
        return copy;
    }

    private static List<CHeader.Variable> with(List<CHeader.Variable> list, int i, String type, String name) {
        var copy = new ArrayList<>(list);
        copy.set(i, new CHeader.Variable(type, name, 0));
        return copy;
    }

    private static List<CHeader.Variable> swapped(List<CHeader.Variable> list, int i) {
        var copy = new ArrayList<>(list);
        Collections.swap(copy, i, i - 1);
        return copy;
    }
}
