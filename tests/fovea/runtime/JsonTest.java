package fovea.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void writesNestedValuesInOrder() {
        var map = new LinkedHashMap<String, Object>();
        map.put("b", 1);
        map.put("a", List.of(true, 2.5, "x"));
        map.put("none", null);
        map.put("empty", List.of());
        assertEquals("""
                {
                  "b": 1,
                  "a": [
                    true,
                    2.5,
                    "x"
                  ],
                  "none": null,
                  "empty": []
                }""", Json.of(map));
    }

    @Test
    void quotesWhatWouldEndOrBreakAText() {
        assertEquals("\"C:\\\\a \\\"b\\\"\\n\\t\\r\\u0001 é\"", Json.of("C:\\a \"b\"\n\t\r\u0001 é"));
    }

    @Test
    void whatIsNoNumberIsNull() {
        assertEquals("[\n  null,\n  null,\n  null\n]", Json.of(Arrays.asList(Double.NaN, Float.POSITIVE_INFINITY, null)));
        assertEquals("{}", Json.of(Map.of()));
    }

    @Test
    void readsWhatItWrites() {
        var value = Map.of("a b", List.of(1L, -2.5e-300, true, false, "\u00e9\"\\\n\t", Map.of(), List.of()));
        assertEquals(value, Json.parse(Json.of(value)));
        assertEquals(value, Json.parse(Json.compact(value)));
        assertEquals(0x1.fffffffffffffp1023, Json.parse(Json.of(Double.MAX_VALUE)));
    }

    @Test
    void saysWhereATextIsNoJson() {
        for (var wrong : List.of("", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "01", "\"a", "\"\\x\"", "\"\\u12\"", "nul", "1 2",
                "{\"a\":1,\"a\":2}",
                "[".repeat(300))) {
            var e = assertThrows(IllegalArgumentException.class, () -> Json.parse(wrong), wrong);
            assertTrue(e.getMessage().startsWith("JSON, line 1, column "), e::getMessage);
        }
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Json.parse("[1,\n 2 x]")).getMessage().contains("line 2, column 4"));
    }
}
