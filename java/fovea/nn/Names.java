package fovea.nn;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Lists of names in messages, kept to a readable length. */
final class Names {
    private static final int SHOWN = 12;

    private Names() {
    }

    static String shortened(Collection<String> names) {
        return names.stream().limit(SHOWN).collect(Collectors.joining(", "))
                + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
    }

    static String listed(String title, List<String> names) {
        return names.isEmpty() ? "" : title + shortened(names);
    }
}
