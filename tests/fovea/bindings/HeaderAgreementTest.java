package fovea.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.runtime.NativeLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The committed bindings say what fovea.h says. Needs no jextract. */
class HeaderAgreementTest {
    private static final GeneratedSources SOURCES = new GeneratedSources(Path.of("bindings/fovea/bindings"));
    private static CHeader header;
    private static CHeader bound;
    private static Set<String> structs;

    @BeforeAll
    static void read() throws IOException {
        NativeLoader.load();
        header = CHeader.of(Files.readString(Path.of("native/include/fovea.h")));
        bound = SOURCES.header();
        structs = new TreeSet<>(SOURCES.classes());
        structs.removeIf(name -> name.startsWith("FoveaNative"));
    }

    @Test
    void jextractReadTheDeclarationsThatTheHeaderHoldsNow() {
        assertAgreement(Agreement.ofText(header, bound));
    }

    @Test
    void everyCallPassesTheTypesOfItsPrototype() {
        assertAgreement(Agreement.ofDescriptors(header));
    }

    @Test
    void everyStructHasTheFieldsOffsetsAndSizeOfC() {
        assertAgreement(Agreement.ofStructs(header, structs));
    }

    @Test
    void everyConstantHasTheHeadersValue() {
        assertAgreement(Agreement.ofConstants(header));
    }

    @Test
    void theIncludeListNamesAllOfTheHeaderAndNothingElse() throws IOException {
        assertAgreement(Agreement.ofIncludes(header, Files.readAllLines(Path.of("bindings/includes.txt"))));
    }

    @Test
    void theHeaderIsNotVacuous() {
        var substance = header.functions().size() > 10 && header.constants().size() > 10 && !header.structs().isEmpty();
        assertTrue(substance, header.toString());
        var names = new TreeSet<>(header.functions().keySet());
        names.addAll(header.structs().keySet());
        names.addAll(header.types().keySet());
        names.addAll(header.constants().keySet());
        names.removeIf(name -> name.matches("fov_[a-z0-9_]+|FOV_[A-Z0-9_]+"));
        assertEquals(Set.of(), names, "names without our prefix");
    }

    /** Windows has a 4-byte long: a binding that casts it to 8 bytes there fails when its class is initialised. */
    @Test
    void noBindingDependsOnTheSizeOfLong() throws IOException {
        for (var name : SOURCES.classes()) {
            assertFalse(Files.readString(SOURCES.folder().resolve(name + ".java")).matches("(?s).*\\bC_LONG\\b.*"), name + " uses C_LONG");
        }
    }

    /** The plants grow from what is bound, so these two fail only where the comparison is blind, not where the header moved on. */
    @Test
    void everyPlantedChangeOfTheHeaderIsFound() {
        int planted = 0;
        for (var plant : Plants.all(bound)) {
            var found = Agreement.ofText(plant.header(), bound);
            assertTrue(found.stream().anyMatch(s -> s.contains(plant.name())), plant + " was not found; reported: " + found);
            planted++;
        }
        assertTrue(planted > 5 * bound.functions().size(), "only " + planted + " planted");
    }

    /** The compiled classes are a witness of their own: text that agrees proves nothing about them. */
    @Test
    void everyPlantedChangeThatMovesBytesIsFoundInTheCompiledBindings() {
        for (var plant : Plants.all(bound)) {
            if (plant.movesBytes()) {
                var found = new ArrayList<>(Agreement.ofDescriptors(plant.header()));
                found.addAll(Agreement.ofStructs(plant.header(), structs));
                found.addAll(Agreement.ofConstants(plant.header()));
                assertTrue(found.stream().anyMatch(s -> s.contains(plant.name())), plant + " was not found; reported: " + found);
            }
        }
    }

    private static void assertAgreement(List<String> disagreements) {
        assertTrue(disagreements.isEmpty(), () -> String.join("\n", disagreements));
    }
}
