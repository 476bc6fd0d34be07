package fovea.nn;

import java.util.regex.Pattern;

/** Paths by pattern: {@code *} stands for any characters, {@code ?} for one. What matches a layer matches everything below it. */
final class Glob {
    private final Pattern pattern;

    Glob(String glob) {
        var regex = new StringBuilder();
        for (var c : glob.toCharArray()) {
            regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)));
        }
        pattern = Pattern.compile(regex + "(\\..*)?");
    }

    boolean matches(String path) {
        return pattern.matcher(path).matches();
    }
}
