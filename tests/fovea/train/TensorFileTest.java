package fovea.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Shape;
import fovea.nn.Array;
import fovea.support.JsonReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorFileTest {
    @TempDir
    Path folder;
    private Path path;

    @BeforeEach
    void write() throws IOException {
        path = folder.resolve("a.safetensors");
        var arrays = new LinkedHashMap<String, Array>();
        arrays.put("w", new Array(Shape.of(2, 3), new float[] {1, -0f, Float.NaN, Float.MIN_VALUE, Float.NEGATIVE_INFINITY, 0.1f}));
        arrays.put("scalar", new Array(Shape.of(), new float[] {7}));
        TensorFile.write(path, Map.of("who \"am\" I", "é\n"), arrays);
    }

    @Test
    void givesBackEveryBit() throws IOException {
        var file = TensorFile.read(path);
        assertEquals(Map.of("who \"am\" I", "é\n"), file.texts());
        assertEquals(List.of("w", "scalar"), List.copyOf(file.arrays().keySet()));
        assertEquals(Shape.of(2, 3), file.arrays().get("w").shape());
        var w = file.arrays().get("w").elements();
        assertEquals(Float.floatToRawIntBits(-0f), Float.floatToRawIntBits(w[1]));
        assertArrayEquals(new float[] {1, -0f, Float.NaN, Float.MIN_VALUE, Float.NEGATIVE_INFINITY, 0.1f}, w);
        assertArrayEquals(new float[] {7}, file.arrays().get("scalar").elements());
    }

    /** Read as the format's description has it, by nothing of ours. */
    @Test
    void isASafetensorsFile() throws IOException {
        var bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        var length = Math.toIntExact(bytes.getLong());
        assertEquals(0, length % 8);
        var json = new byte[length];
        bytes.get(json);
        var header = JsonReader.object(new String(json, StandardCharsets.UTF_8));
        var scalar = (Map<?, ?>) header.get("scalar");
        assertEquals("F32", scalar.get("dtype"));
        assertEquals(List.of(), scalar.get("shape"));
        assertEquals(List.of(24.0, 28.0), scalar.get("data_offsets"));
        assertEquals(7, bytes.getFloat(8 + length + 24));
        assertEquals(8 + length + 28, bytes.capacity());
        assertTrue(((Map<?, ?>) header.get("__metadata__")).values().stream().allMatch(v -> v instanceof String));
    }

    @Test
    void refusesAnyByteThatChanged() throws IOException {
        var good = Files.readAllBytes(path);
        for (var i = 0; i < good.length; i++) {
            var bad = good.clone();
            bad[i] ^= (byte) (1 << i % 8);
            Files.write(path, bad);
            var e = assertThrows(IOException.class, () -> TensorFile.read(path), "byte " + i);
            assertTrue(e.getMessage().startsWith(path + " cannot be read: "), e::getMessage);
        }
    }

    @Test
    void refusesAnyLengthButTheWhole() throws IOException {
        var good = Files.readAllBytes(path);
        for (var n = 0; n < good.length; n++) {
            Files.write(path, Arrays.copyOf(good, n));
            assertThrows(IOException.class, () -> TensorFile.read(path), n + " bytes");
        }
    }

    @Test
    void readsAFileOfAnotherProgramWithoutAChecksum() throws IOException {
        var json = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}".getBytes(StandardCharsets.UTF_8);
        Files.write(path,
                ByteBuffer.allocate(8 + json.length + 4).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).putFloat(3).array());
        assertArrayEquals(new float[] {3}, TensorFile.read(path).arrays().get("a").elements());
    }

    /** Published weights come in halves, and PyTorch counts batches in longs; all become floats. */
    @Test
    void widensOtherNumbers() throws IOException {
        var types = List.of("F64", "F16", "BF16", "I32", "I64");
        var sizes = new int[] {8, 2, 2, 4, 8};
        var data = ByteBuffer.allocate(2 * 24).order(ByteOrder.LITTLE_ENDIAN);
        data.putDouble(-2.5).putDouble(3);
        data.putShort((short) 0xc100).putShort((short) 0x4200);
        data.putShort((short) 0xc020).putShort((short) 0x4040);
        data.putInt(-2).putInt(3).putLong(-2).putLong(3);
        var header = new StringBuilder("{");
        var at = 0;
        for (var i = 0; i < types.size(); i++) {
            header.append("%s\"%s\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[%d,%d]}".formatted(
                    i == 0 ? "" : ",", types.get(i), types.get(i), at, at + 2 * sizes[i]));
            at += 2 * sizes[i];
        }
        var json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        var file = ByteBuffer.allocate(8 + json.length + at).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).put(
                data.array(), 0, at);
        var path = folder.resolve("others.safetensors");
        Files.write(path, file.array());
        var arrays = TensorFile.read(path).arrays();
        for (var type : types) {
            assertArrayEquals(new float[] {type.startsWith("I") ? -2 : -2.5f, 3}, arrays.get(type).elements(), type);
        }
    }

    @Test
    void saysWhatItCannotRead() throws IOException {
        for (var header : List.of("{\"a\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[9],\"data_offsets\":[0,36]}}", "{\"a\":{}}", "[1]", "{\"a\":3}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[4,0]}}")) {
            var json = header.getBytes(StandardCharsets.UTF_8);
            Files.write(path, ByteBuffer.allocate(16 + json.length).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).array());
            assertThrows(IOException.class, () -> TensorFile.read(path), header);
        }
    }

    @Test
    void leavesNoDraftBehind() {
        assertFalse(Files.exists(folder.resolve("a.safetensors.part")));
    }
}
