package fovea.support;

import fovea.Shape;
import fovea.nn.Array;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a file that {@code torch.save} wrote before it wrote zip files: pickles of a magic number, a version, word sizes and
 * the object, one of the storages' keys, and then the storages. For files with contiguous F32 tensors alone, which it trusts.
 */
public final class TorchLegacy {
    /** A tensor whose elements come later in the file. */
    private record Stored(String key, int offset, Shape shape) {
    }

    private static final Object MARK = new Object();

    private final ByteBuffer bytes;

    private TorchLegacy(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** By name, of the dictionary called {@code state_dict}. */
    public static Map<String, Array> read(Path file) throws IOException {
        return new TorchLegacy(ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN)).read();
    }

    private Map<String, Array> read() {
        for (var i = 0; i < 3; i++) {
            pickle();
        }
        var state = (Map<?, ?>) ((Map<?, ?>) pickle()).get("state_dict");
        var storages = new HashMap<Object, float[]>();
        for (var key : (List<?>) pickle()) {
            var elements = new float[(int) bytes.getLong()];
            bytes.asFloatBuffer().get(elements);
            bytes.position(bytes.position() + 4 * elements.length);
            storages.put(key, elements);
        }
        var arrays = new LinkedHashMap<String, Array>();
        state.forEach((name, value) -> {
            if (value instanceof Stored stored) {
                var elements = new float[(int) stored.shape.elements()];
                System.arraycopy(storages.get(stored.key), stored.offset, elements, 0, elements.length);
                arrays.put((String) name, new Array(stored.shape, elements));
            }
        });
        return arrays;
    }

    /** One pickle, up to its STOP. Functions that are called are not: a tensor becomes {@link Stored}, any other object a map. */
    private Object pickle() {
        var stack = new ArrayDeque<Object>();
        var memo = new HashMap<Integer, Object>();
        while (true) {
            var opcode = (char) (bytes.get() & 0xff);
            switch (opcode) {
                case '.' -> {
                    return stack.pop();
                }
                case 0x80 -> bytes.get();  // PROTO
                case '(' -> stack.push(MARK);
                case 'c' -> stack.push(line() + "." + line());  // GLOBAL
                case 'q' -> memo.put(bytes.get() & 0xff, stack.peek());
                case 'r' -> memo.put(bytes.getInt(), stack.peek());
                case 'h' -> stack.push(memo.get(bytes.get() & 0xff));
                case 'j' -> stack.push(memo.get(bytes.getInt()));
                case 'X' -> stack.push(text(bytes.getInt()));
                case 'J' -> stack.push((long) bytes.getInt());
                case 'K' -> stack.push((long) (bytes.get() & 0xff));
                case 'M' -> stack.push((long) (bytes.getShort() & 0xffff));
                case 0x8a -> stack.push(longer(bytes.get() & 0xff));
                case 'G' -> stack.push(Double.longBitsToDouble(Long.reverseBytes(bytes.getLong())));
                case 'N', 0x88, 0x89 -> stack.push(opcode);  // None, True, False
                case '}' -> stack.push(new LinkedHashMap<Object, Object>());
                case ']', ')' -> stack.push(new ArrayList<>());
                case 't' -> stack.push(sinceMark(stack));
                case 0x85 -> stack.push(last(1, stack));
                case 0x86 -> stack.push(last(2, stack));
                case 0x87 -> stack.push(last(3, stack));
                case 'e' -> {
                    var items = sinceMark(stack);
                    list(stack.peek()).addAll(items);
                }
                case 'a' -> {
                    var item = stack.pop();
                    list(stack.peek()).add(item);
                }
                case 'u' -> {
                    var items = sinceMark(stack);
                    for (var i = 0; i < items.size(); i += 2) {
                        map(stack.peek()).put(items.get(i), items.get(i + 1));
                    }
                }
                case 's' -> {
                    var value = stack.pop();
                    var key = stack.pop();
                    map(stack.peek()).put(key, value);
                }
                case 'Q' -> stack.push(list(stack.pop()).get(2));  // a storage: ('storage', type, key, place, size, view)
                case 'R' -> {
                    var arguments = list(stack.pop());
                    stack.push(called((String) stack.pop(), arguments));
                }
                case 'b' -> stack.pop();  // attributes of an object
                default -> throw new IllegalArgumentException("opcode %02x at %d".formatted((int) opcode, bytes.position() - 1));
            }
        }
    }

    private static Object called(String function, List<Object> arguments) {
        if (!function.startsWith("torch._utils._rebuild_tensor")) {
            return new LinkedHashMap<Object, Object>();
        }
        var dims = list(arguments.get(2)).stream().mapToLong(d -> (Long) d).toArray();
        return new Stored((String) arguments.get(0), ((Long) arguments.get(1)).intValue(), Shape.of(dims));
    }

    private static List<Object> sinceMark(ArrayDeque<Object> stack) {
        var items = new ArrayList<>();
        while (stack.peek() != MARK) {
            items.addFirst(stack.pop());
        }
        stack.pop();
        return items;
    }

    private static List<Object> last(int n, ArrayDeque<Object> stack) {
        var items = new ArrayList<>();
        for (var i = 0; i < n; i++) {
            items.addFirst(stack.pop());
        }
        return items;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Object value) {
        return (List<Object>) value;
    }

    @SuppressWarnings("unchecked")
    private static Map<Object, Object> map(Object value) {
        return (Map<Object, Object>) value;
    }

    private String line() {
        var text = new StringBuilder();
        for (var c = (char) bytes.get(); c != '\n'; c = (char) bytes.get()) {
            text.append(c);
        }
        return text.toString();
    }

    private String text(int length) {
        var utf8 = new byte[length];
        bytes.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** A whole number of so many bytes; of one that is longer than ours the lower part. */
    private long longer(int length) {
        var value = 0L;
        for (var i = 0; i < length; i++) {
            var b = bytes.get() & 0xffL;
            value |= i < 8 ? b << 8 * i : 0;
        }
        return value;
    }
}
