package fovea.train;

import fovea.Shape;
import fovea.nn.Array;
import fovea.runtime.Json;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.CRC32C;

/**
 * Arrays of floats and a few texts in one file, in the safetensors format, so that other programs read it too. A checksum of the
 * whole file is among the texts. A file appears whole or not at all, whenever the writer is stopped.
 *
 * <pre>{@code
 * TensorFile.write(path, Map.of("author", "me"), TensorFile.arrays(model.state()));
 * model.load(TensorFile.read(path).arrays());
 * }</pre>
 *
 * @param texts the file's metadata, without the checksum
 */
public record TensorFile(SequencedMap<String, String> texts, SequencedMap<String, Array> arrays) {
    private static final String CHECKSUM = "fovea.crc32c";
    private static final String UNKNOWN = "00000000";
    /** A second sign that there must be a checksum, should the first be what was altered. */
    private static final String CHECKED = "fovea.checked";
    /** What the format's own readers allow. */
    private static final int LONGEST_HEADER = 100_000_000;
    private static final int CHUNK = 1 << 20;
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOATS = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Copies of live tensors, in their order. */
    public static SequencedMap<String, Array> arrays(SequencedMap<String, ? extends fovea.Tensor> tensors) {
        var copies = new LinkedHashMap<String, Array>();
        tensors.forEach((name, tensor) -> copies.put(name, new Array(tensor.shape(), tensor.toArray())));
        return copies;
    }

    /** Writes it beside its place and moves it there when it is safe on the disk. */
    public static void write(Path path, Map<String, String> texts, SequencedMap<String, Array> arrays) throws IOException {
        var folder = path.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        var draft = folder.resolve(path.getFileName() + ".part");
        var header = header(texts, arrays);
        var crc = new CRC32C();
        try (var file = FileChannel.open(draft, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            put(file, crc, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length));
            put(file, crc, ByteBuffer.wrap(header));
            for (var array : arrays.values()) {
                var elements = array.elements();
                for (var from = 0; from < elements.length; from += CHUNK / 4) {
                    var count = Math.min(CHUNK / 4, elements.length - from);
                    var bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
                    bytes.asFloatBuffer().put(elements, from, count);
                    put(file, crc, bytes);
                }
            }
            // The checksum was counted with zeros in its own place.
            var text = "%08x".formatted(crc.getValue()).getBytes(StandardCharsets.US_ASCII);
            file.write(ByteBuffer.wrap(text), 8 + place(header));
            file.force(true);
        }
        Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (var entry = FileChannel.open(folder, StandardOpenOption.READ)) {
            entry.force(true);  // the name too
        } catch (IOException _) {
            // Windows opens no folders; there the move itself is on the disk.
        }
    }

    private static void put(FileChannel file, CRC32C crc, ByteBuffer bytes) throws IOException {
        crc.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    private static byte[] header(Map<String, String> texts, SequencedMap<String, Array> arrays) {
        var all = new LinkedHashMap<String, Object>();
        var metadata = new LinkedHashMap<String, Object>();
        metadata.put(CHECKSUM, UNKNOWN);
        metadata.put(CHECKED, "crc32c");
        metadata.putAll(texts);
        all.put("__metadata__", metadata);
        var at = 0L;
        for (var entry : arrays.entrySet()) {
            var bytes = 4L * entry.getValue().elements().length;
            var tensor = new LinkedHashMap<String, Object>();
            tensor.put("dtype", "F32");
            tensor.put("shape", dims(entry.getValue().shape()));
            tensor.put("data_offsets", List.of(at, at + bytes));
            all.put(entry.getKey(), tensor);
            at += bytes;
        }
        var json = Json.compact(all).getBytes(StandardCharsets.UTF_8);
        // The format wants the data at a multiple of eight; blanks are allowed behind the header.
        var padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }

    private static List<Long> dims(Shape shape) {
        var dims = new ArrayList<Long>();
        for (var dim : shape.toArray()) {
            dims.add(dim);
        }
        return dims;
    }

    /** Where the digits of the checksum begin in a header; -1 where there are none. */
    private static int place(byte[] header) {
        var key = '"' + CHECKSUM + "\":\"";
        var at = new String(header, StandardCharsets.ISO_8859_1).indexOf(key);
        return at < 0 ? -1 : at + key.length();
    }

    /**
     * Reads a whole file. One that is cut off, altered or of another kind is an {@link IOException} that says so; a file of another
     * program has no checksum of ours and is read without.
     */
    public static TensorFile read(Path path) throws IOException {
        try (var file = FileChannel.open(path, StandardOpenOption.READ); var arena = Arena.ofConfined()) {
            var bytes = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
            if (bytes.byteSize() < 10) {
                throw refused(path, "it has %d bytes, too few for a header; it is cut off or something else", bytes.byteSize());
            }
            var length = bytes.get(LENGTH, 0);
            if (length < 2 || length > LONGEST_HEADER || length > bytes.byteSize() - 8) {
                throw refused(path, "its header would have %d bytes and the file has %d; it is cut off or no safetensors file", length,
                        bytes.byteSize());
            }
            var header = bytes.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
            var data = bytes.asSlice(8 + length);
            verify(path, header, data);
            try {
                return parse(data, (Map<?, ?>) Json.parse(new String(header, StandardCharsets.UTF_8)));
            } catch (IllegalArgumentException | ClassCastException | NullPointerException | IndexOutOfBoundsException e) {
                throw refused(path, "its header is damaged: %s", e.getMessage());
            }
        }
    }

    private static void verify(Path path, byte[] header, MemorySegment data) throws IOException {
        var place = place(header);
        if (place < 0 || place + 8 > header.length) {
            if (new String(header, StandardCharsets.ISO_8859_1).contains('"' + CHECKED + '"')) {
                throw refused(path, "its checksum is missing: it was altered; use an earlier one");
            }
            return;
        }
        var said = new String(header, place, 8, StandardCharsets.US_ASCII);
        var counted = header.clone();
        System.arraycopy(UNKNOWN.getBytes(StandardCharsets.US_ASCII), 0, counted, place, 8);
        var crc = new CRC32C();
        crc.update(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length));
        crc.update(counted);
        for (var at = 0L; at < data.byteSize(); at += CHUNK) {
            crc.update(data.asSlice(at, Math.min(CHUNK, data.byteSize() - at)).asByteBuffer());
        }
        var found = "%08x".formatted(crc.getValue());
        if (!found.equals(said)) {
            throw refused(path, "its checksum is %s and should be %s: it was cut off or altered; use an earlier one", found, said);
        }
    }

    private static TensorFile parse(MemorySegment data, Map<?, ?> header) {
        var texts = new LinkedHashMap<String, String>();
        var arrays = new LinkedHashMap<String, Array>();
        header.forEach((key, value) -> {
            var entry = (Map<?, ?>) value;
            if (key.equals("__metadata__")) {
                entry.forEach((name, text) -> texts.put((String) name, (String) text));
            } else {
                arrays.put((String) key, array((String) key, entry, data));
            }
        });
        texts.remove(CHECKSUM);
        texts.remove(CHECKED);
        return new TensorFile(texts, arrays);
    }

    private static Array array(String name, Map<?, ?> entry, MemorySegment data) {
        var type = (String) entry.get("dtype");
        var size = switch (type) {
            case "F32", "I32" -> 4;
            case "F64", "I64" -> 8;
            case "F16", "BF16" -> 2;
            default -> throw new IllegalArgumentException("%s is %s; F32, F64, F16, BF16, I32 and I64 are read".formatted(name, type));
        };
        var shape = Shape.of(((List<?>) entry.get("shape")).stream().mapToLong(d -> (Long) d).toArray());
        var offsets = ((List<?>) entry.get("data_offsets")).stream().mapToLong(o -> (Long) o).toArray();
        if (offsets.length != 2 || offsets[0] < 0 || offsets[1] > data.byteSize() || offsets[1] - offsets[0] != size * shape.elements()) {
            throw new IllegalArgumentException("%s%s does not fit bytes %s of %d".formatted(
                    name, shape, Arrays.toString(offsets), data.byteSize()));
        }
        var elements = new float[Math.toIntExact(shape.elements())];
        if (type.equals("F32")) {
            MemorySegment.copy(data, FLOATS, offsets[0], elements, 0, elements.length);
        } else {
            var bytes = data.asSlice(offsets[0], offsets[1] - offsets[0]).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            for (var i = 0; i < elements.length; i++) {
                elements[i] = switch (type) {
                    case "F64" -> (float) bytes.getDouble();
                    case "F16" -> Float.float16ToFloat(bytes.getShort());
                    // The upper half of a float.
                    case "BF16" -> Float.intBitsToFloat(bytes.getShort() << 16);
                    case "I32" -> bytes.getInt();
                    default -> bytes.getLong();
                };
            }
        }
        return new Array(shape, elements);
    }

    private static IOException refused(Path path, String why, Object... values) {
        return new IOException(path + " cannot be read: " + why.formatted(values));
    }
}
