package fovea.op;

import java.util.List;

/** The inputs one behind the other along an axis; they agree in type and in all other axes. A negative axis counts from the end. */
public record Concat(int axis) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.require(!inputs.isEmpty(), "concat: no inputs; give one or more");
        var first = inputs.getFirst();
        var along = Checks.axis("concat", axis, first.shape());
        var extent = 0L;
        for (var i = 0; i < inputs.size(); i++) {
            var x = inputs.get(i);
            Checks.require(x.type() == first.type(), "concat: input %d is %s and input 0 is %s; convert them to one type with to(type)", i,
                    x.type(), first.type());
            Checks.require(x.shape().rank() == first.shape().rank()
                    && x.shape().with(along, 1).equals(first.shape().with(along, 1)),
                    "concat: input %d is %s and input 0 is %s; only axis %d may differ", i, x.shape(), first.shape(), along);
            extent += x.shape().dim(along);
        }
        return List.of(new Spec(first.shape().with(along, extent), first.type()));
    }
}
