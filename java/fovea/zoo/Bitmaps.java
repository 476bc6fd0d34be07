package fovea.zoo;

/**
 * The ten digits as 7 x 12 pictures, drawn for this library: what LeNet-5's 84 units should say for each class. Pictures that look alike
 * have codes that are near each other, so that a language model behind the network can weigh confusions such as 0 and O; a code of one
 * unit for each class could not.
 */
final class Bitmaps {
    static final int WIDTH = 7;
    static final int HEIGHT = 12;

    private static final String DIGITS = """
            ..###..|...#...|.#####.|.#####.|....##.|#######|..####.|#######|.#####.|.#####.
            .#...#.|..##...|#.....#|#.....#|...###.|#......|.#.....|......#|#.....#|#.....#
            #.....#|.#.#...|......#|......#|..#.##.|#......|#......|.....#.|#.....#|#.....#
            #.....#|...#...|......#|......#|.#..##.|#......|#......|.....#.|#.....#|#.....#
            #.....#|...#...|.....#.|......#|#...##.|#.####.|#......|....#..|.#...#.|#.....#
            #.....#|...#...|....#..|..####.|#...##.|##....#|#.####.|....#..|..###..|.######
            #.....#|...#...|...#...|......#|#######|......#|##....#|...#...|.#...#.|......#
            #.....#|...#...|..#....|......#|....##.|......#|#.....#|...#...|#.....#|......#
            #.....#|...#...|.#.....|......#|....##.|......#|#.....#|..#....|#.....#|......#
            #.....#|...#...|#......|......#|....##.|......#|#.....#|..#....|#.....#|......#
            .#...#.|...#...|#......|#.....#|....##.|#.....#|#.....#|.#.....|#.....#|.....#.
            ..###..|.#####.|#######|.#####.|....##.|.#####.|.#####.|.#.....|.#####.|.####..
            """;

    private Bitmaps() {
    }

    /** [10, 84]: 1 for ink and -1 for paper, which is where the units' squashing function bends most. */
    static float[] codes() {
        var rows = DIGITS.strip().split("\\s+");
        var codes = new float[10 * WIDTH * HEIGHT];
        for (var y = 0; y < HEIGHT; y++) {
            var digits = rows[y].split("\\|");
            for (var digit = 0; digit < 10; digit++) {
                for (var x = 0; x < WIDTH; x++) {
                    codes[(digit * HEIGHT + y) * WIDTH + x] = digits[digit].charAt(x) == '#' ? 1 : -1;
                }
            }
        }
        return codes;
    }
}
