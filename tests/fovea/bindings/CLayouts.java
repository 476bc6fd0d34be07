package fovea.bindings;

import static java.util.Map.entry;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Map;

/** The memory layouts that C gives to what a header declares, on every platform that Fovea ships for. */
record CLayouts(CHeader header) {

    private static final Map<String, MemoryLayout> BASIC = Map.ofEntries(
            entry("_Bool", ValueLayout.JAVA_BOOLEAN),
            entry("char", ValueLayout.JAVA_BYTE), entry("int8_t", ValueLayout.JAVA_BYTE), entry("uint8_t", ValueLayout.JAVA_BYTE),
            entry("int16_t", ValueLayout.JAVA_SHORT), entry("uint16_t", ValueLayout.JAVA_SHORT),
            entry("enum", ValueLayout.JAVA_INT), entry("int", ValueLayout.JAVA_INT),
            entry("int32_t", ValueLayout.JAVA_INT), entry("uint32_t", ValueLayout.JAVA_INT),
            entry("long long", ValueLayout.JAVA_LONG), entry("unsigned long long", ValueLayout.JAVA_LONG),
            entry("float", ValueLayout.JAVA_FLOAT), entry("double", ValueLayout.JAVA_DOUBLE));

    MemoryLayout of(String type) {
        if (type.contains("*")) {
            return ValueLayout.ADDRESS;
        }
        var bare = type.replaceAll("\\bconst ?", "").strip();
        if (header.types().containsKey(bare)) {
            return of(header.types().get(bare));
        }
        if (header.structs().containsKey(bare)) {
            return of(header.structs().get(bare));
        }
        var basic = BASIC.get(bare);
        if (basic == null) {
            throw new IllegalArgumentException("`" + type
                    + "` has no place in the C ABI: 64-bit integers are fov_i64, structs go by pointer");
        }
        return basic;
    }

    GroupLayout of(CHeader.Struct struct) {
        var members = new ArrayList<MemoryLayout>();
        long size = 0;
        long alignment = 1;
        for (var field : struct.fields()) {
            var one = of(field.type());
            var all = field.count() == 0 ? one : MemoryLayout.sequenceLayout(field.count(), one);
            size = padded(members, size, all.byteAlignment()) + all.byteSize();
            members.add(all.withName(field.name()));
            alignment = Math.max(alignment, all.byteAlignment());
        }
        padded(members, size, alignment);
        return MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new));
    }

    private static long padded(ArrayList<MemoryLayout> members, long size, long alignment) {
        long gap = -size & alignment - 1;
        if (gap > 0) {
            members.add(MemoryLayout.paddingLayout(gap));
        }
        return size + gap;
    }

    FunctionDescriptor of(CHeader.Function function) {
        var parameters = function.parameters().stream().map(p -> of(p.type())).toArray(MemoryLayout[]::new);
        return function.returns().equals("void")
                ? FunctionDescriptor.ofVoid(parameters)
                : FunctionDescriptor.of(of(function.returns()), parameters);
    }

    /** Everything that a call depends on, and nothing else: not what a pointer points to, nor whether an int is an enum. */
    static String words(FunctionDescriptor function) {
        return function.returnLayout().map(CLayouts::words).orElse("void")
                + function.argumentLayouts().stream().map(CLayouts::words).toList();
    }

    static String words(MemoryLayout layout) {
        return switch (layout) {
            case ValueLayout v ->
                v.carrier().getSimpleName() + (v.order().equals(ByteOrder.nativeOrder()) ? "" : " of the other byte order");
            case SequenceLayout s -> words(s.elementLayout()) + " x " + s.elementCount();
            case PaddingLayout p -> "";
            case GroupLayout g -> {
                var members = new ArrayList<String>();
                long offset = 0;
                for (var member : g.memberLayouts()) {
                    if (!(member instanceof PaddingLayout)) {
                        members.add(member.name().orElse("?") + " at " + offset + ": " + words(member));
                    }
                    offset += member.byteSize();
                }
                yield members + " in " + g.byteSize() + " bytes";
            }
        };
    }
}
