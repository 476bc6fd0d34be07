package fovea.op;

import java.util.ArrayList;
import java.util.List;

/** One output for each size, cut from x along an axis one behind the other; the sizes add up to x's extent. */
public record Split(int axis, List<Long> sizes) implements Op {
    public Split {
        sizes = List.copyOf(sizes);
        Checks.require(!sizes.isEmpty() && sizes.stream().allMatch(size -> size > 0), "split: sizes are %s; give one or more of at least 1",
                sizes);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("split", inputs, 1);
        var x = inputs.getFirst();
        var along = Checks.axis("split", axis, x.shape());
        var sum = sizes.stream().mapToLong(Long::longValue).sum();
        Checks.require(sum == x.shape().dim(along), "split: sizes %s add up to %d, but axis %d of %s has %d", sizes, sum, along, x.shape(),
                x.shape().dim(along));
        var outputs = new ArrayList<Spec>(sizes.size());
        for (var size : sizes) {
            outputs.add(new Spec(x.shape().with(along, size), x.type()));
        }
        return outputs;
    }
}
