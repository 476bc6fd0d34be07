package fovea.train;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;

/** Areas that are as large as what they stand for, those of a group side by side, drawn as SVG. */
final class Treemap {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 560;
    private static final double HEAD = 15;

    private record Box(double x, double y, double width, double height) {
        double area() {
            return width * height;
        }
    }

    private record Group(String name, List<Sheet.Area> areas, double size) {
    }

    private Treemap() {
    }

    static String of(String title, List<Sheet.Area> areas) {
        var byName = new LinkedHashMap<String, List<Sheet.Area>>();
        areas.forEach(a -> byName.computeIfAbsent(a.group(), g -> new ArrayList<>()).add(a));
        var groups = byName.entrySet().stream().map(e -> new Group(e.getKey(), e.getValue().stream().sorted(
                Comparator.comparingDouble(Sheet.Area::size).reversed()).toList(),
                e.getValue().stream().mapToDouble(Sheet.Area::size).sum()))
                .sorted(Comparator.comparingDouble(Group::size).reversed()).toList();
        var svg = new StringBuilder("<figure class='chart cloud'><figcaption>").append(Page.text(title));
        svg.append("</figcaption><svg class='heat' viewBox='0 0 %d %d' role='img' aria-label='%s'>".formatted(WIDTH, HEIGHT, Page.text(
                title)));
        var places = split(groups.stream().mapToDouble(Group::size).toArray(), new Box(0, 0, WIDTH, HEIGHT));
        for (var g = 0; g < groups.size(); g++) {
            group(svg, groups.get(g), places.get(g));
        }
        return svg.append("</svg></figure>\n").toString();
    }

    private static void group(StringBuilder svg, Group group, Box box) {
        // A name of its own only where there is room for it above the areas.
        var head = box.height > 3 * HEAD && box.width > 40 ? HEAD : 0;
        if (head > 0) {
            words(svg, "tick", group.name, box.x + 3, box.y + 11, box.width - 6);
        }
        var inside = split(group.areas.stream().mapToDouble(Sheet.Area::size).toArray(), new Box(box.x, box.y + head, box.width, box.height
                - head));
        for (var i = 0; i < inside.size(); i++) {
            var area = group.areas.get(i);
            var b = inside.get(i);
            svg.append(Charts.format("<g><title>%s</title><rect class='%s' x='%.1f' y='%.1f' width='%.1f' height='%.1f' rx='2'"
                    + " style='--share:%.3f'/>", Page.text(area.words()), area.second() ? "miss" : "hit", b.x + 0.75, b.y + 0.75,
                    Math.max(0.2, b.width - 1.5), Math.max(0.2, b.height - 1.5), area.shade()));
            var lines = area.words().split("\n");
            for (var line = 0; line < lines.length && b.width > 50 && b.height > 14 * (line + 1) + 4; line++) {
                words(svg, area.shade() > 0.6 ? "count strong" : "count", lines[line], b.x + 5, b.y + 14 * (line + 1), b.width - 10);
            }
            svg.append("</g>");
        }
    }

    /** As much of a text as fits; a letter of 12 points is 7 wide, about. */
    private static void words(StringBuilder svg, String style, String text, double x, double y, double width) {
        var most = (int) (width / 7);
        var cut = text.length() <= most ? text : most < 3 ? "" : text.substring(0, most - 1) + "…";
        svg.append(Charts.format("<text class='%s' x='%.1f' y='%.1f'>%s</text>", style, x, y, Page.text(cut)));
    }

    /** Cuts a box into parts as large as the sizes, which fall, and as square as rows along the shorter side make them. */
    private static List<Box> split(double[] sizes, Box box) {
        var boxes = new ArrayList<Box>();
        var rest = box;
        var sum = 0.0;
        for (var s : sizes) {
            sum += s;
        }
        for (var from = 0; from < sizes.length;) {
            var to = from + 1;
            var row = sizes[from];
            var scale = sum > 0 ? rest.area() / sum : 0;
            var side = Math.min(rest.width, rest.height);
            while (to < sizes.length && longest(sizes, from, to + 1, row + sizes[to], scale, side) <= longest(sizes, from, to, row, scale,
                    side)) {
                row += sizes[to++];
            }
            rest = row(sizes, from, to, row, row * scale / Math.max(side, 1e-9), rest, boxes);
            sum -= row;
            from = to;
        }
        return boxes;
    }

    /** How long the longest part of a row is in comparison with its other side. */
    private static double longest(double[] sizes, int from, int to, double row, double scale, double side) {
        var thick = row * scale / Math.max(side, 1e-9);
        var worst = 0.0;
        for (var i = from; i < to; i++) {
            var length = sizes[i] * scale / Math.max(thick, 1e-9);
            worst = Math.max(worst, Math.max(length / Math.max(thick, 1e-9), thick / Math.max(length, 1e-9)));
        }
        return worst;
    }

    /** Lays a row along the shorter side; what is left of the box. */
    private static Box row(double[] sizes, int from, int to, double row, double thick, Box box, List<Box> boxes) {
        var down = box.width >= box.height;
        var at = 0.0;
        for (var i = from; i < to; i++) {
            var length = (down ? box.height : box.width) * (row > 0 ? sizes[i] / row : 0);
            boxes.add(down ? new Box(box.x, box.y + at, thick, length) : new Box(box.x + at, box.y, length, thick));
            at += length;
        }
        return down ? new Box(box.x + thick, box.y, Math.max(0, box.width - thick), box.height)
                : new Box(box.x, box.y + thick, box.width, Math.max(0, box.height - thick));
    }
}
