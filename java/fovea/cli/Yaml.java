package fovea.cli;

import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** YAML, read by a library that only the command line needs. */
final class Yaml {
    private Yaml() {
    }

    static Object parse(String text) {
        try {
            return new Load(LoadSettings.builder().build()).loadFromString(text);
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("no YAML: " + e.getMessage(), e);
        }
    }
}
