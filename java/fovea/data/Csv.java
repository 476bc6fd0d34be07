package fovea.data;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Comma-separated values in UTF-8; a field in double quotes may hold commas, line ends and doubled quotes. */
final class Csv {
    /** @param offset where the line begins, in bytes of an ASCII file */
    record Row(long offset, List<String> fields) {
    }

    private Csv() {
    }

    static List<Row> rows(Path file) {
        try {
            return rows(file, Files.readString(file, StandardCharsets.UTF_8));
        } catch (CharacterCodingException e) {
            throw new DataException("%s: this is no text in UTF-8".formatted(file), e);
        } catch (IOException e) {
            throw new DataException("%s: cannot be read: %s".formatted(file, e), e);
        }
    }

    static List<Row> rows(Path file, String text) {
        var rows = new ArrayList<Row>();
        var fields = new ArrayList<String>();
        var field = new StringBuilder();
        var quoted = false;
        var start = text.startsWith("\uFEFF") ? 1 : 0;
        for (var i = start; i < text.length(); i++) {
            var c = text.charAt(i);
            if (quoted) {
                if (c != '"') {
                    field.append(c);
                } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    field.append(c);
                    i++;
                } else {
                    quoted = false;
                }
            } else if (c == '"' && field.isEmpty()) {
                quoted = true;
            } else if (c == ',') {
                fields.add(field.toString());
                field.setLength(0);
            } else if (c == '\n') {
                end(rows, start, fields, field);
                start = i + 1;
            } else if (c != '\r') {
                field.append(c);
            }
        }
        if (quoted) {
            throw DataException.at(file, start, "a quote is opened in this line and not closed");
        }
        end(rows, start, fields, field);
        return rows;
    }

    private static void end(List<Row> rows, int start, List<String> fields, StringBuilder field) {
        if (!fields.isEmpty() || !field.isEmpty()) {
            fields.add(field.toString());
            rows.add(new Row(start, List.copyOf(fields)));
        }
        fields.clear();
        field.setLength(0);
    }
}
