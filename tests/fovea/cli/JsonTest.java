package fovea.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
