package fovea.runtime;

import fovea.bindings.FoveaNative;
import fovea.op.AdaptiveAvgPool;
import fovea.op.AdaptiveMaxPool;
import fovea.op.Add;
import fovea.op.AvgPool;
import fovea.op.BatchNorm;
import fovea.op.Binary;
import fovea.op.Concat;
import fovea.op.Conv;
import fovea.op.ConvMaxPool;
import fovea.op.ConvTranspose;
import fovea.op.Convert;
import fovea.op.CrossEntropy;
import fovea.op.Detach;
import fovea.op.Dropout;
import fovea.op.Expand;
import fovea.op.Gather;
import fovea.op.GatherElements;
import fovea.op.GroupNorm;
import fovea.op.ImageToFloat;
import fovea.op.Input;
import fovea.op.InstanceNorm;
import fovea.op.LayerNorm;
import fovea.op.Linear;
import fovea.op.LocalResponseNorm;
import fovea.op.LocalResponseNormWithin;
import fovea.op.LpPool;
import fovea.op.MatMul;
import fovea.op.MaxPool;
import fovea.op.MaxUnpool;
import fovea.op.OneHot;
import fovea.op.Pad;
import fovea.op.Permute;
import fovea.op.RandomRelu;
import fovea.op.Reduce;
import fovea.op.Relu;
import fovea.op.Reorder;
import fovea.op.Reshape;
import fovea.op.Resize;
import fovea.op.Roll;
import fovea.op.Slice;
import fovea.op.Softmax;
import fovea.op.Split;
import fovea.op.SquaredDistance;
import fovea.op.StochasticPool;
import fovea.op.SubSample;
import fovea.op.SumPool;
import fovea.op.Unary;
import fovea.op.Where;
import fovea.runtime.plan.AddPlan;
import fovea.runtime.plan.AvgPoolPlan;
import fovea.runtime.plan.BatchNormPlan;
import fovea.runtime.plan.BinaryPlan;
import fovea.runtime.plan.ConcatPlan;
import fovea.runtime.plan.ConvPlan;
import fovea.runtime.plan.ConvertPlan;
import fovea.runtime.plan.CrossEntropyPlan;
import fovea.runtime.plan.DetachPlan;
import fovea.runtime.plan.DropoutPlan;
import fovea.runtime.plan.ExpandPlan;
import fovea.runtime.plan.GatherElementsPlan;
import fovea.runtime.plan.GatherPlan;
import fovea.runtime.plan.GroupNormPlan;
import fovea.runtime.plan.ImageToFloatPlan;
import fovea.runtime.plan.InputPlan;
import fovea.runtime.plan.LayerNormPlan;
import fovea.runtime.plan.LinearPlan;
import fovea.runtime.plan.LocalResponseNormPlan;
import fovea.runtime.plan.LocalResponseNormWithinPlan;
import fovea.runtime.plan.LpPoolPlan;
import fovea.runtime.plan.MatMulPlan;
import fovea.runtime.plan.MaxPoolPlan;
import fovea.runtime.plan.MaxUnpoolPlan;
import fovea.runtime.plan.OneHotPlan;
import fovea.runtime.plan.PadPlan;
import fovea.runtime.plan.PermutePlan;
import fovea.runtime.plan.RandomReluPlan;
import fovea.runtime.plan.ReducePlan;
import fovea.runtime.plan.ReluPlan;
import fovea.runtime.plan.ReorderPlan;
import fovea.runtime.plan.ReshapePlan;
import fovea.runtime.plan.ResizePlan;
import fovea.runtime.plan.RollPlan;
import fovea.runtime.plan.SlicePlan;
import fovea.runtime.plan.SoftmaxPlan;
import fovea.runtime.plan.SplitPlan;
import fovea.runtime.plan.SquaredDistancePlan;
import fovea.runtime.plan.StochasticPoolPlan;
import fovea.runtime.plan.SubSamplePlan;
import fovea.runtime.plan.UnaryPlan;
import fovea.runtime.plan.WherePlan;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Which plan computes which op, and the plans made so far: evaluation or a short last batch rebuilds nothing. */
public final class Plans implements AutoCloseable {
    /** Where more plans than this gather (ever new shapes), the session drops its tapes and plans between two steps. */
    private static final int CAPACITY = 4096;

    private final Native nativeContext;
    private final UnaryOperator<Plan> replacement;
    private final Map<Plan.Request, Plan> cache = new HashMap<>();

    /** @param replacement what runs in place of a plan: tests put defects into one, and see that they are found */
    public Plans(Native nativeContext, UnaryOperator<Plan> replacement) {
        this.nativeContext = nativeContext;
        this.replacement = replacement;
    }

    Plan plan(Plan.Request request) {
        var plan = cache.get(request);
        if (plan == null) {
            plan = replacement.apply(make(request));
            cache.put(request, plan);
        }
        return plan;
    }

    /** The one place where ops meet their plans; the compiler refuses an op that is missing here. */
    private Plan make(Plan.Request request) {
        return switch (request.op()) {
            case AdaptiveAvgPool op -> new AvgPoolPlan(op, nativeContext, request);
            case AdaptiveMaxPool op -> new MaxPoolPlan(op, nativeContext, request);
            case Add _ -> request.shape(0).equals(request.shape(1)) ? new AddPlan(nativeContext, request)
                    : new BinaryPlan(FoveaNative.FOV_BINARY_ADD(), nativeContext, request);
            case AvgPool op -> new AvgPoolPlan(op, nativeContext, request);
            case BatchNorm op -> new BatchNormPlan(op, nativeContext, request);
            case Binary op -> new BinaryPlan(op, nativeContext, request);
            case Concat op -> new ConcatPlan(op, nativeContext, request);
            case Conv op -> new ConvPlan(op, nativeContext, request);
            case ConvMaxPool op -> new ConvPlan(op, nativeContext, request);
            case ConvTranspose op -> new ConvPlan(op, nativeContext, request);
            case Convert op -> new ConvertPlan(op, nativeContext, request);
            case CrossEntropy op -> new CrossEntropyPlan(op, nativeContext, request);
            case Detach _ -> new DetachPlan(nativeContext, request);
            case Dropout op -> new DropoutPlan(op, nativeContext, request);
            case Expand op -> new ExpandPlan(op, nativeContext, request);
            case Gather op -> new GatherPlan(op, nativeContext, request);
            case GatherElements op -> new GatherElementsPlan(op, nativeContext, request);
            case GroupNorm op -> new GroupNormPlan(op, nativeContext, request);
            case ImageToFloat op -> new ImageToFloatPlan(op, nativeContext, request);
            case Input _ -> new InputPlan(nativeContext, request);
            case InstanceNorm op -> new GroupNormPlan(op, nativeContext, request);
            case LayerNorm op -> new LayerNormPlan(op, nativeContext, request);
            case Linear op -> new LinearPlan(op, nativeContext, request);
            case LocalResponseNorm op -> new LocalResponseNormPlan(op, nativeContext, request);
            case LocalResponseNormWithin op -> new LocalResponseNormWithinPlan(op, nativeContext, request);
            case LpPool op -> new LpPoolPlan(op, nativeContext, request);
            case MatMul op -> new MatMulPlan(op, nativeContext, request);
            case MaxPool op -> new MaxPoolPlan(op, nativeContext, request);
            case MaxUnpool _ -> new MaxUnpoolPlan(nativeContext, request);
            case OneHot op -> new OneHotPlan(op, nativeContext, request);
            case Pad op -> new PadPlan(op, nativeContext, request);
            case Permute op -> new PermutePlan(op, nativeContext, request);
            case RandomRelu op -> new RandomReluPlan(op, nativeContext, request);
            case Reduce op -> new ReducePlan(op, nativeContext, request);
            case Relu _ -> new ReluPlan(nativeContext, request);
            case Reorder op -> new ReorderPlan(op, nativeContext, request);
            case Reshape op -> new ReshapePlan(op, nativeContext, request);
            case Resize op -> new ResizePlan(op, nativeContext, request);
            case Roll op -> new RollPlan(op, nativeContext, request);
            case Slice op -> new SlicePlan(op, nativeContext, request);
            case Softmax op -> new SoftmaxPlan(op, nativeContext, request);
            case Split op -> new SplitPlan(op, nativeContext, request);
            case SquaredDistance _ -> new SquaredDistancePlan(nativeContext, request);
            case StochasticPool op -> new StochasticPoolPlan(op, nativeContext, request);
            case SubSample op -> new SubSamplePlan(op, nativeContext, request);
            case SumPool op -> new AvgPoolPlan(op, nativeContext, request);
            case Unary op -> new UnaryPlan(op, nativeContext, request);
            case Where _ -> new WherePlan(nativeContext, request);
        };
    }

    public int size() {
        return cache.size();
    }

    public boolean isFull() {
        return cache.size() > CAPACITY;
    }

    /** Closes all plans. Only when no tape holds a node. */
    public void clear() {
        cache.values().forEach(Plan::close);
        cache.clear();
    }

    @Override
    public void close() {
        clear();
    }
}
