package fovea.onnx;

import fovea.ElementType;
import fovea.Shape;
import fovea.Step;
import fovea.Tensor;
import java.util.Arrays;

/** What flows along an edge of a graph: an array of the file, a tensor of the step, or one that came from the other. */
final class OnnxValue {
    private OnnxTensor array;
    private Tensor tensor;

    private OnnxValue(OnnxTensor array, Tensor tensor) {
        this.array = array;
        this.tensor = tensor;
    }

    static OnnxValue of(OnnxTensor array) {
        return new OnnxValue(array, null);
    }

    static OnnxValue of(Tensor tensor) {
        return new OnnxValue(null, tensor);
    }

    /** An array may be empty; a tensor never is. */
    long elements() {
        return tensor != null ? tensor.shape().elements() : array.elements().length;
    }

    long[] dims() {
        return tensor != null ? tensor.shape().toArray() : array.dims();
    }

    boolean isInteger() {
        return tensor != null ? tensor.type() != ElementType.F32 : array.type().isInteger();
    }

    /** Integers become I32, where what is too large becomes the largest, and all other numbers F32. */
    Tensor tensor(Step step) {
        if (tensor == null) {
            var shape = Shape.of(array.dims());
            tensor = array.type().isInteger()
                    ? step.ofInts(shape, Arrays.stream(array.elements()).mapToInt(v -> (int) v).toArray())
                    : step.of(shape, array.floats());
        }
        return tensor;
    }

    OnnxTensor array() {
        if (array == null) {
            var elements = new double[(int) tensor.shape().elements()];
            if (isInteger()) {
                var from = tensor.toIntArray();
                Arrays.setAll(elements, i -> from[i]);
            } else {
                var from = tensor.toArray();
                Arrays.setAll(elements, i -> from[i]);
            }
            array = new OnnxTensor("", isInteger() ? OnnxTensor.Type.INT32 : OnnxTensor.Type.FLOAT, tensor.shape().toArray(), elements);
        }
        return array;
    }
}
