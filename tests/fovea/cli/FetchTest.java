package fovea.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.data.Datasets;
import fovea.support.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class FetchTest {
    @TempDir
    Path folder;

    /** Speaks just enough HTTP, on loopback, and hangs up after some bytes of each body. */
    private static final class Server implements AutoCloseable {
        final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
        private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final byte[] body;
        private final int hangsUpAfter;
        private final boolean knowsRanges;

        Server(byte[] body, int hangsUpAfter, boolean knowsRanges) throws IOException {
            this.body = body;
            this.hangsUpAfter = hangsUpAfter;
            this.knowsRanges = knowsRanges;
        }

        Server start() {
            Thread.ofPlatform().daemon().start(() -> {
                while (!socket.isClosed()) {
                    try (var connection = socket.accept()) {
                        answer(connection);
                    } catch (IOException e) {
                        // the other side went away, or close() was called
                    }
                }
            });
            return this;
        }

        private void answer(java.net.Socket connection) throws IOException {
            var in = new java.io.BufferedReader(new java.io.InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
            var from = 0;
            var range = "";
            for (var line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                if (line.toLowerCase(Locale.ROOT).startsWith("range:")) {
                    range = line.substring(6).strip();
                    from = knowsRanges ? Integer.parseInt(range.replaceAll("\\D", "")) : 0;
                }
            }
            ranges.add(range);
            var left = body.length - from;
            var head = from > 0
                    ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %d-%d/%d\r\n".formatted(from, body.length - 1, body.length)
                    : "HTTP/1.1 200 OK\r\n";
            var out = connection.getOutputStream();
            out.write((head + "Content-Length: " + left + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(body, from, Math.min(left, hangsUpAfter));
            out.flush();
        }

        URI uri() {
            return URI.create("http://" + socket.getInetAddress().getHostAddress() + ":" + socket.getLocalPort() + "/file");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private final byte[] body = new byte[100_000];

    private String sha() throws IOException {
        new SplittableRandom(1).nextBytes(body);
        return Download.sha256(Files.write(folder.resolve("original"), body));
    }

    @Test
    void anInterruptedTransferGoesOnWhereItStopped() throws IOException {
        var sha = sha();
        var target = folder.resolve("file");
        try (var server = new Server(body, 20_000, true).start()) {
            var e = assertThrows(IOException.class, () -> Download.to(target, server.uri(), body.length, sha));
            assertTrue(e.getMessage().contains("run the command again"), e::getMessage);
            assertFalse(Files.exists(target));
            var half = Files.size(folder.resolve("file.part"));
            assertTrue(half >= 20_000 && half < body.length, "part: " + half);
            assertTrue(Download.to(target, server.uri(), body.length, sha));
            assertTrue(server.ranges.contains("bytes=" + half + "-"), server.ranges::toString);
        }
        assertArrayEquals(body, Files.readAllBytes(target));
        assertFalse(Files.exists(folder.resolve("file.part")));
    }

    @Test
    void aServerWithoutRangesSendsAllAgain() throws IOException {
        var sha = sha();
        var target = folder.resolve("file");
        Files.write(folder.resolve("file.part"), new byte[777]);
        try (var server = new Server(body, Integer.MAX_VALUE, false).start()) {
            assertTrue(Download.to(target, server.uri(), body.length, sha));
        }
        assertArrayEquals(body, Files.readAllBytes(target));
    }

    @Test
    void aWrongChecksumLeavesNothingUnderTheName() throws IOException {
        var sha = sha();
        var target = folder.resolve("file");
        var altered = body.clone();
        altered[50_000] ^= 1;
        try (var server = new Server(altered, Integer.MAX_VALUE, true).start()) {
            var e = assertThrows(IOException.class, () -> Download.to(target, server.uri(), body.length, sha));
            assertTrue(e.getMessage().contains("SHA-256") && e.getMessage().contains(sha), e::getMessage);
        }
        assertFalse(Files.exists(target));
        assertFalse(Files.exists(folder.resolve("file.part")));
    }

    @Test
    void aFileThatIsThereIsNotFetched() throws IOException {
        var sha = sha();
        var nowhere = URI.create("http://127.0.0.1:1/file");
        assertFalse(Download.to(folder.resolve("original"), nowhere, body.length, sha));
        Files.write(folder.resolve("other"), new byte[] {1});
        var e = assertThrows(IOException.class, () -> Download.to(folder.resolve("other"), nowhere, body.length, sha));
        assertTrue(e.getMessage().contains("move it away"), e::getMessage);
    }

    @Test
    void aWholeSetIsFetchedFromAMirrorByTheCommandLine() throws IOException {
        var out = new StringWriter();
        var err = new StringWriter();
        try (var server = new Server(body, Integer.MAX_VALUE, true).start()) {
            var mirror = server.uri().resolve("/").toString();
            var code = Commands.run(new PrintWriter(out, true), new PrintWriter(err, true), "fetch", "mnist", "--mirror", mirror, "--dir",
                    folder.toString());
            assertEquals(1, code, "no file of that name has these bytes");
            assertTrue(err.toString().contains("train-images-idx3-ubyte.gz") && err.toString().lines().count() == 1, err::toString);
            assertFalse(Files.exists(folder.resolve("mnist/train-images-idx3-ubyte.gz")));
        }
        assertEquals(2, Commands.run(new PrintWriter(out, true), new PrintWriter(err, true), "fetch", "imagenet"));
        assertEquals(2, Commands.run(new PrintWriter(out, true), new PrintWriter(err, true), "fetch", "mnist", "--mirror", "ftp://x"));
    }

    private static void entry(ByteArrayOutputStream tar, String name, byte[] content) {
        var header = new byte[512];
        var path = name.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(path, 0, header, 0, path.length);
        var size = "%011o".formatted(content.length).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(size, 0, header, 124, size.length);
        header[156] = '0';
        tar.writeBytes(header);
        tar.writeBytes(Arrays.copyOf(content, (content.length + 511) / 512 * 512));
    }

    @Test
    void anArchiveIsUnpackedAsAWholeAndInsideItsFolder() throws IOException {
        var tar = new ByteArrayOutputStream();
        entry(tar, "set/one.bin", new byte[] {1, 2, 3});
        entry(tar, "../../two.bin", new byte[1000]);
        tar.writeBytes(new byte[1024]);
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            gzip.write(tar.toByteArray());
        }
        var archive = Files.write(folder.resolve("set.tar.gz"), packed.toByteArray());
        Untar.folder(archive, folder.resolve("set"));
        assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(folder.resolve("set/one.bin")));
        assertEquals(1000, Files.size(folder.resolve("set/two.bin")));

        Files.write(archive, Arrays.copyOf(packed.toByteArray(), packed.size() - 30));
        assertThrows(IOException.class, () -> Untar.folder(archive, folder.resolve("torn")));
        try (var left = Files.list(folder)) {
            assertEquals(List.of("set", "set.tar.gz"), left.map(p -> p.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void anArchiveOfAMirrorIsUnpackedWhereItsReaderLooks() throws IOException {
        var tar = new ByteArrayOutputStream();
        for (var name : List.of("train.bin", "test.bin")) {
            var records = new byte[3 * 3074];
            records[1] = 99;
            entry(tar, "cifar-100-binary/" + name, records);
        }
        tar.writeBytes(new byte[1024]);
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            gzip.write(tar.toByteArray());
        }
        var sha = Download.sha256(Files.write(folder.resolve("original"), packed.toByteArray()));
        var out = new StringWriter();
        var fetch = new Fetch();
        new CommandLine(fetch).setOut(new PrintWriter(out, true));
        try (var server = new Server(packed.toByteArray(), packed.size() / 2, true).start()) {
            var files = List.of(new Fetch.Origin("cifar-100-binary.tar.gz", packed.size(), sha));
            fetch.fetch(files, server.uri().resolve("/").toString(), folder.resolve("cifar100"));
            assertTrue(server.ranges.size() >= 2, "the transfer was cut off and went on: " + server.ranges);
            fetch.fetch(files, "http://127.0.0.1:1/", folder.resolve("cifar100"));
        }
        assertTrue(out.toString().contains("unpacked") && out.toString().contains("already there"), out::toString);
        var data = Datasets.byName("cifar100", folder).train();
        assertEquals(List.of(3, 99), List.of(data.size(), data.label(0)));
    }

    @Test
    void knowsTheFilesOfMnistAndFashionMnistByTheirSizesAndChecksums() throws IOException {
        for (var set : List.of("mnist", "fashion-mnist")) {
            for (var origin : Fetch.KNOWN.get(set).files()) {
                var file = SharedData.path(set + "/" + origin.name());
                assertEquals(origin.bytes(), Files.size(file), file::toString);
                assertEquals(origin.sha256(), Download.sha256(file), file::toString);
            }
        }
    }
}
