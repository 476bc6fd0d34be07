package fovea.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The reader of headers, on the things that fovea.h may hold. */
class CHeaderTest {

    @Test
    void readsPrototypesThroughMacrosCommentsAndLineBreaks() {
        var header = CHeader.of("""
                #ifndef X_H
                #define X_H
                #include <stdint.h>
                #ifdef __cplusplus
                extern "C" {
                #else
                #define FOV_C 1
                #endif
                #if defined(_WIN32)
                #define FOV_API __declspec(dllexport)
                #else
                #define FOV_API __attribute__((visibility("default")))
                #endif
                /* y = f(x); a comment (with a prototype) */
                FOV_API fov_status fov_run(struct fov_op*op, const float * x, // the input; n of them
                                           float y[], bool fast);
                FOV_API const char *fov_name(void);
                #ifdef __cplusplus
                }
                #endif
                #endif
                """);
        assertEquals("fov_status fov_run(fov_op * op, const float * x, float * y, _Bool fast)",
                header.functions().get("fov_run").toString());
        assertEquals("const char * fov_name()", header.functions().get("fov_name").toString());
        assertEquals(Map.of("FOV_C", 1L), header.constants());
        assertEquals(2, header.functions().size());
    }

    @Test
    void readsStructsFieldByField() {
        var header = CHeader.of("""
                #define FOV_RANK 8
                typedef struct fov_op fov_op;
                typedef struct fov_shape { int32_t rank, *next; fov_i64 dim[FOV_RANK]; const char *name; } fov_shape;
                """);
        assertEquals("struct fov_shape {int32_t rank; int32_t * next; fov_i64 dim[8]; const char * name}",
                header.structs().get("fov_shape").toString());
        assertEquals(1, header.structs().size());
    }

    @Test
    void countsEnumeratorsAndEvaluatesMacros() {
        var header = CHeader.of("""
                #define FOV_MASK (1 << 4)
                #define FOV_HEX 0x10u
                typedef enum fov_kind { FOV_A = -1, FOV_B, FOV_C, FOV_D = FOV_MASK | 3, FOV_E, } fov_kind;
                enum { FOV_Z = FOV_HEX };
                """);
        assertEquals(Map.of("FOV_MASK", 16L, "FOV_HEX", 16L, "FOV_A", -1L, "FOV_B", 0L, "FOV_C", 1L, "FOV_D", 19L, "FOV_E", 20L,
                "FOV_Z", 16L), header.constants());
        assertEquals("enum", header.types().get("fov_kind"));
    }

    @Test
    void laysStructsOutAsCDoes() {
        var header = CHeader.of("""
                typedef long long fov_i64;
                typedef struct fov_in { uint8_t a; fov_i64 b; uint8_t c; } fov_in;
                typedef struct fov_out { int16_t a; float b[3]; fov_in in; const void *p; _Bool last; } fov_out;
                """);
        assertEquals("[a at 0: short, b at 4: float x 3, in at 16: [a at 0: byte, b at 8: long, c at 16: byte] in 24 bytes, "
                + "p at 40: MemorySegment, last at 48: boolean] in 56 bytes", CLayouts.words(new CLayouts(header).of("fov_out")));
    }

    @Test
    void refusesWhatItWouldOtherwisePassOver() {
        var refused = List.of(
                "typedef struct { int32_t a; } fov_unnamed;",
                "typedef void (*fov_callback)(int32_t a);",
                "typedef union fov_u { int32_t a; float b; } fov_u;",
                "fov_status fov_run(int32_t);",
                "fov_status fov_run(int32_t a, ...);",
                "fov_status fov_run(int32_t a)",
                "#define FOV_RATIO 1.5f\n",
                "static inline int fov_one(void) { return 1; }",
                "int32_t fov_a(void); fov_i64 fov_a(void);");
        for (var text : refused) {
            var e = assertThrows(IllegalArgumentException.class, () -> CHeader.of(text), text);
            assertTrue(e.getMessage().contains("`"), e.getMessage());
        }
    }

    @Test
    void refusesTypesWhoseSizeDependsOnThePlatform() {
        for (var type : List.of("long", "size_t", "int64_t", "fov_unknown")) {
            var e = assertThrows(IllegalArgumentException.class, () -> new CLayouts(CHeader.of("")).of(type));
            assertTrue(e.getMessage().contains(type) && e.getMessage().contains("fov_i64"), e.getMessage());
        }
    }
}
