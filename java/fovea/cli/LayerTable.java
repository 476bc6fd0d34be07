package fovea.cli;

import fovea.nn.Convolution;
import fovea.nn.Layer;
import fovea.nn.Layers;
import fovea.nn.Pooling;
import fovea.nn.TransposedConvolution;
import fovea.nn.Upsampling;
import fovea.op.Interpolation;
import fovea.op.Pad;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** The layers that a {@link LayerFile} can name: those of {@link Layers}, under the same names. */
final class LayerTable {
    /** @param options what may stand beside the layer's name */
    private record Maker(List<String> options, Function<LayerEntry, Layer> make) {
    }

    private static final String[] WINDOW = {"stride", "padding", "dilation", "ceil"};
    private static final Map<String, Maker> MAKERS = new TreeMap<>();

    private LayerTable() {
    }

    static Layer layer(LayerEntry entry) {
        var maker = MAKERS.get(entry.name());
        if (maker == null) {
            throw new IllegalArgumentException("no layer is called '%s'; there are %s".formatted(entry.name(), String.join(", ", names())));
        }
        entry.only(maker.options);
        return maker.make.apply(entry);
    }

    static List<String> names() {
        return List.copyOf(MAKERS.keySet());
    }

    private static void put(String name, Function<LayerEntry, Layer> make, String... options) {
        MAKERS.put(name, new Maker(List.of(options), make));
    }

    /** A layer without numbers or options. */
    private static void plain(String name, Supplier<Layer> make) {
        put(name, entry -> {
            entry.withoutValue();
            return make.get();
        });
    }

    static {
        containers();
        convolutions();
        poolings();
        norms();
        shapes();
        activations();
    }

    private static void containers() {
        put("sequential", e -> e.chain());
        put("residual", e -> {
            var residual = e.has("shortcut") ? Layers.residual(e.chain(), e.chain("shortcut")) : Layers.residual(e.chain());
            return e.has("activation") ? residual.activation(e.layer("activation")) : residual;
        }, "shortcut", "activation");
        put("parallel", e -> Layers.parallel(e.branches().toArray(Layer[]::new)));
        put("shared", e -> Layers.shared(e.word(), e.layer("layer")), "layer");
        put("sideOutput", e -> Layers.sideOutput(e.chain()));
        put("squeezeExcitation", e -> {
            var layer = Layers.squeezeExcitation(e.number());
            layer = e.has("activation") ? layer.activation(e.layer("activation")) : layer;
            return e.has("gate") ? layer.gate(e.layer("gate")) : layer;
        }, "activation", "gate");
        put("checkpointed", e -> Layers.checkpointed(e.chain()));
        put("excited", e -> Layers.excited(e.chain(), e.number("reduction", 16)), "reduction");
        put("unpooled", e -> Layers.unpooled(window(Layers.maxPool2d(e.numbers("kernel")), e), e.chain()), "kernel", "stride", "padding",
                "dilation", "ceil");
        plain("identity", Layers::identity);
    }

    private static void convolutions() {
        var options = new String[] {"stride", "padding", "dilation", "groups", "bias"};
        put("conv1d", e -> conv(Layers.conv1d(e.number(), e.rest()), e), options);
        put("conv2d", e -> conv(Layers.conv2d(e.number(), e.rest()), e), options);
        put("conv3d", e -> conv(Layers.conv3d(e.number(), e.rest()), e), options);
        var each = new String[] {"stride", "padding", "dilation", "bias"};
        put("depthwiseConv1d", e -> conv(Layers.depthwiseConv1d(e.numbers()), e), each);
        put("depthwiseConv2d", e -> conv(Layers.depthwiseConv2d(e.numbers()), e), each);
        put("depthwiseConv3d", e -> conv(Layers.depthwiseConv3d(e.numbers()), e), each);
        put("separableConv2d", e -> Layers.separableConv2d(e.number(), e.rest()[0], e.number("stride", 1), e.number("padding", 0)),
                "stride", "padding");
        var transposed = new String[] {"stride", "padding", "outputPadding", "dilation", "groups", "bias"};
        put("convTranspose1d", e -> transposed(Layers.convTranspose1d(e.number(), e.rest()), e), transposed);
        put("convTranspose2d", e -> transposed(Layers.convTranspose2d(e.number(), e.rest()), e), transposed);
        put("convTranspose3d", e -> transposed(Layers.convTranspose3d(e.number(), e.rest()), e), transposed);
        put("dense", e -> Layers.dense(e.number()).bias(e.flag("bias", true)), "bias");
        put("rbf", e -> Layers.rbf(e.number()).trained(e.flag("trained", false)), "trained");
    }

    private static Convolution conv(Convolution layer, LayerEntry e) {
        var conv = layer.bias(e.flag("bias", true));
        conv = e.has("stride") ? conv.stride(e.numbers("stride")) : conv;
        conv = e.has("dilation") ? conv.dilation(e.numbers("dilation")) : conv;
        conv = e.has("groups") ? conv.groups(e.number("groups", 1)) : conv;
        return !e.has("padding") ? conv : e.is("padding", "same") ? conv.same() : conv.padding(e.numbers("padding"));
    }

    private static TransposedConvolution transposed(TransposedConvolution layer, LayerEntry e) {
        var conv = layer.bias(e.flag("bias", true));
        conv = e.has("stride") ? conv.stride(e.numbers("stride")) : conv;
        conv = e.has("padding") ? conv.padding(e.numbers("padding")) : conv;
        conv = e.has("outputPadding") ? conv.outputPadding(e.numbers("outputPadding")) : conv;
        conv = e.has("dilation") ? conv.dilation(e.numbers("dilation")) : conv;
        return e.has("groups") ? conv.groups(e.number("groups", 1)) : conv;
    }

    private static void poolings() {
        put("maxPool1d", e -> window(Layers.maxPool1d(e.numbers()), e), WINDOW);
        put("maxPool2d", e -> window(Layers.maxPool2d(e.numbers()), e), WINDOW);
        put("maxPool3d", e -> window(Layers.maxPool3d(e.numbers()), e), WINDOW);
        var counting = with(WINDOW, "countPadding");
        put("avgPool1d", e -> window(Layers.avgPool1d(e.numbers()), e).countPadding(e.flag("countPadding", true)), counting);
        put("avgPool2d", e -> window(Layers.avgPool2d(e.numbers()), e).countPadding(e.flag("countPadding", true)), counting);
        put("avgPool3d", e -> window(Layers.avgPool3d(e.numbers()), e).countPadding(e.flag("countPadding", true)), counting);
        put("sumPool1d", e -> window(Layers.sumPool1d(e.numbers()), e), WINDOW);
        put("sumPool2d", e -> window(Layers.sumPool2d(e.numbers()), e), WINDOW);
        put("sumPool3d", e -> window(Layers.sumPool3d(e.numbers()), e), WINDOW);
        put("lpPool1d", e -> window(Layers.lpPool1d(e.numbers()), e).power(e.decimal("power", 2)), with(WINDOW, "power"));
        put("lpPool2d", e -> window(Layers.lpPool2d(e.numbers()), e).power(e.decimal("power", 2)), with(WINDOW, "power"));
        put("stochasticPool2d", e -> window(Layers.stochasticPool2d(e.numbers()), e), WINDOW);
        put("subSample2d", e -> {
            var layer = Layers.subSample2d(e.numbers());
            return e.has("stride") ? layer.stride(e.numbers("stride")) : layer;
        }, "stride");
        plain("globalAvgPool", Layers::globalAvgPool);
        plain("globalMaxPool", Layers::globalMaxPool);
        put("adaptiveAvgPool1d", e -> Layers.adaptiveAvgPool1d(e.numbers()));
        put("adaptiveAvgPool2d", e -> Layers.adaptiveAvgPool2d(e.numbers()));
        put("adaptiveAvgPool3d", e -> Layers.adaptiveAvgPool3d(e.numbers()));
        put("adaptiveMaxPool1d", e -> Layers.adaptiveMaxPool1d(e.numbers()));
        put("adaptiveMaxPool2d", e -> Layers.adaptiveMaxPool2d(e.numbers()));
        put("adaptiveMaxPool3d", e -> Layers.adaptiveMaxPool3d(e.numbers()));
    }

    private static String[] with(String[] options, String another) {
        var all = Arrays.copyOf(options, options.length + 1);
        all[options.length] = another;
        return all;
    }

    private static Pooling window(Pooling layer, LayerEntry e) {
        var pool = e.has("stride") ? layer.stride(e.numbers("stride")) : layer;
        pool = e.has("padding") ? pool.padding(e.numbers("padding")) : pool;
        pool = e.has("dilation") ? pool.dilation(e.numbers("dilation")) : pool;
        return e.flag("ceil", false) ? pool.ceil() : pool;
    }

    private static void norms() {
        put("batchNorm", e -> {
            e.withoutValue();
            return Layers.batchNorm().momentum(e.decimal("momentum", 0.1)).epsilon(e.decimal("epsilon", 1e-5))
                    .affine(e.flag("affine", true));
        }, "momentum", "epsilon", "affine");
        put("groupNorm", e -> Layers.groupNorm(e.number()).epsilon(e.decimal("epsilon", 1e-5)), "epsilon");
        put("instanceNorm", e -> {
            e.withoutValue();
            return Layers.instanceNorm().epsilon(e.decimal("epsilon", 1e-5)).affine(e.flag("affine", false));
        }, "epsilon", "affine");
        put("layerNorm", e -> Layers.layerNorm(e.number()).epsilon(e.decimal("epsilon", 1e-5)), "epsilon");
        var lrn = new String[] {"alpha", "beta", "k"};
        put("localResponseNorm",
                e -> Layers.localResponseNorm(e.number(), e.decimal("alpha", 1e-4), e.decimal("beta", 0.75), e.decimal("k", 1)),
                lrn);
        put("localResponseNormWithin",
                e -> Layers.localResponseNormWithin(e.number(), e.decimal("alpha", 1e-4), e.decimal("beta", 0.75), e.decimal("k", 1)), lrn);
    }

    private static void shapes() {
        plain("flatten", Layers::flatten);
        put("reshape", e -> Layers.reshape(Arrays.stream(e.numbers()).asLongStream().toArray()));
        put("pad1d", e -> Layers.pad1d(e.numbers()).mode(padding(e)), "mode");
        put("pad2d", e -> Layers.pad2d(e.numbers()).mode(padding(e)), "mode");
        put("pad3d", e -> Layers.pad3d(e.numbers()).mode(padding(e)), "mode");
        put("upsample", e -> upsample(Layers.upsample(e.number()), e), "interpolation", "alignCorners");
        put("pixelShuffle", e -> Layers.pixelShuffle(e.number()));
        put("pixelUnshuffle", e -> Layers.pixelUnshuffle(e.number()));
    }

    private static Pad.Mode padding(LayerEntry e) {
        return e.choice("mode", Pad.Mode.CONSTANT);
    }

    private static Layer upsample(Upsampling layer, LayerEntry e) {
        return layer.interpolation(switch (e.choice("interpolation", Way.NEAREST)) {
            case NEAREST -> Interpolation.NEAREST;
            case LINEAR -> Interpolation.LINEAR;
            case CUBIC -> Interpolation.CUBIC;
        }).alignCorners(e.flag("alignCorners", false));
    }

    private enum Way {
        NEAREST, LINEAR, CUBIC
    }

    private static void activations() {
        plain("relu", Layers::relu);
        plain("relu6", Layers::relu6);
        plain("selu", Layers::selu);
        plain("gelu", Layers::gelu);
        plain("geluTanh", Layers::geluTanh);
        plain("softmax", Layers::softmax);
        plain("logSoftmax", Layers::logSoftmax);
        plain("silu", Layers::silu);
        plain("mish", Layers::mish);
        plain("hardSwish", Layers::hardSwish);
        plain("sigmoid", Layers::sigmoid);
        plain("hardSigmoid", Layers::hardSigmoid);
        plain("tanh", Layers::tanh);
        plain("hardTanh", Layers::hardTanh);
        plain("scaledTanh", Layers::scaledTanh);
        plain("softplus", Layers::softplus);
        plain("softsign", Layers::softsign);
        put("leakyRelu", e -> Layers.leakyRelu(e.decimal(0.01)));
        put("elu", e -> Layers.elu(e.decimal(1)));
        put("celu", e -> Layers.celu(e.decimal(1)));
        put("clamp", e -> Layers.clamp(e.decimals()[0], e.decimals()[1]));
        put("randomRelu", e -> Layers.randomRelu(e.decimals()[0], e.decimals()[1]));
        put("prelu", e -> {
            e.withoutValue();
            return Layers.prelu().perChannel(e.flag("perChannel", false));
        }, "perChannel");
        put("dropout", e -> Layers.dropout(e.decimal(0.5)));
        put("channelDropout", e -> Layers.channelDropout(e.decimal(0.5)));
        put("stochasticDepth", e -> Layers.stochasticDepth(e.decimal(0.1)));
    }
}
