"""Writes what is published about networks, for ../ZooTest.java: parameters and output sizes.

Where torchvision has the network, the figures are read off it; else they are the paper's arithmetic, written down here.
    python published.py        (needs torch and torchvision)
"""
import pathlib
import torch
from torch import library

# A torchvision without its compiled ops is enough, but it wants to know of these two.
OPS = library.Library('torchvision', 'FRAGMENT')
for op in 'nms', 'qnms':
    OPS.define(f'{op}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
import torchvision  # noqa: E402

HERE = pathlib.Path(__file__).parent


def write(name, source, parameters, layers, overfit, shape=(3, 224, 224), classes=1000, learned=4, recipe=False):
    text = lambda s: ' '.join(map(str, s))
    lines = [f'# {source}', f'parameters  {parameters:,}', f'input       {text(shape)}', f'output      {text(classes if isinstance(classes, tuple) else (classes,))}',
             f'overfit     {text(overfit)}']
    if learned != 4:
        lines.append(f'classes     {learned}')
    if recipe:
        lines.append('with        recipe')
    width = max(map(len, layers))
    lines += [f'{path:{width}}  {text(out)}' for path, out in layers.items()]
    (HERE / (name.replace('_', '-') + '.txt')).write_text('\n'.join(lines) + '\n')


def of_torchvision(name, overfit, pools=(), recipe=False):
    """Layers with parameters and the named poolings. Dense layers and norms that see channels last give [places, channels]."""
    net = getattr(torchvision.models, name)(weights=None).eval()
    layers = {}

    def hook(path, module):
        def record(_, __, y):
            out = tuple(y.shape[1:])
            if isinstance(module, (torch.nn.LayerNorm, torch.nn.Linear)) and y.dim() == 4:
                last = isinstance(module, torchvision.models.convnext.LayerNorm2d)
                h, w, c = (out[1], out[2], out[0]) if last else out
                out = (h * w, c)
            layers[path] = out
        return record

    for path, module in net.named_modules():
        if list(module.parameters(recurse=False)) and hasattr(module, 'weight') or path in pools:
            module.register_forward_hook(hook(path, module))
    with torch.no_grad():
        net(torch.zeros(1, 3, 224, 224))
    if name == 'convnext_tiny':  # the factor of each channel is a parameter of the block itself
        for path, module in net.named_modules():
            if isinstance(module, torchvision.models.convnext.CNBlock):
                width = module.layer_scale.shape[0]
                layers[path] = (width,) + SIDES[width]
    write(name, f"torchvision's {name}", sum(p.numel() for p in net.parameters()), layers, overfit, recipe=recipe)
    return layers


SIDES = {96: (56, 56), 192: (28, 28), 384: (14, 14), 768: (7, 7)}


def bottlenecks(name, source, parameters, stride_first, excited):
    """ResNet-50 with other strides, or with squeeze and excitation."""
    layers = {'conv1': (64, 112, 112), 'bn1': (64, 112, 112), 'maxpool': (64, 56, 56)}
    side = 56
    for stage, depth in enumerate((3, 4, 6, 3)):
        width = 64 << stage
        for i in range(depth):
            before = side
            side = side // 2 if i == 0 and stage > 0 else side
            at = f'layer{stage + 1}.{i}.'
            inner = side if stride_first else before
            layers |= {at + 'conv1': (width, inner, inner), at + 'bn1': (width, inner, inner), at + 'conv2': (width, side, side),
                       at + 'bn2': (width, side, side), at + 'conv3': (4 * width, side, side), at + 'bn3': (4 * width, side, side)}
            if excited:
                layers |= {at + 'se': (4 * width, side, side), at + 'se.fc1': (width // 4, 1, 1), at + 'se.fc2': (4 * width, 1, 1)}
            if i == 0:
                layers |= {at + 'downsample.0': (4 * width, side, side), at + 'downsample.1': (4 * width, side, side)}
    write(name, source, parameters, layers | {'avgpool': (2048, 1, 1), 'fc': (1000,)}, (3, 64, 64))


def cifar(name, source, n, k=1, kind='basic'):
    """Three stages of n blocks. The number of parameters is counted here, from the paper's table of layers."""
    layers, parameters = {}, 0

    def conv(path, into, out, kernel, side):
        nonlocal parameters
        parameters += into * out * kernel * kernel
        layers[path] = (out, side, side)

    def norm(path, channels, side):
        nonlocal parameters
        parameters += 2 * channels
        layers[path] = (channels, side, side)

    conv('conv1', 3, 16, 3, 32)
    if kind == 'basic':
        norm('bn1', 16, 32)
    channels, before = 16, 32
    for stage in range(3):
        width, side = (16 << stage) * k, 32 >> stage
        for i in range(n):
            at = f'layer{stage + 1}.{i}.'
            out = 4 * width if kind == 'pre-bottleneck' else width
            if kind == 'basic':
                conv(at + 'conv1', channels, width, 3, side), norm(at + 'bn1', width, side)
                conv(at + 'conv2', width, width, 3, side), norm(at + 'bn2', width, side)
            else:
                norm(at + 'bn1', channels, before)
                if kind == 'pre-basic':
                    conv(at + 'conv1', channels, width, 3, side), norm(at + 'bn2', width, side)
                    conv(at + 'conv2', width, width, 3, side)
                else:
                    conv(at + 'conv1', channels, width, 1, before), norm(at + 'bn2', width, before)
                    conv(at + 'conv2', width, width, 3, side), norm(at + 'bn3', width, side)
                    conv(at + 'conv3', width, out, 1, side)
                if channels != out:
                    conv(at + 'shortcut', channels, out, 1, side)
            channels, before = out, side
    if kind != 'basic':
        norm('bn', channels, 8)
    last = 'linear' if kind == 'basic' else 'fc'
    layers |= {'avgpool': (channels, 1, 1), last: (10,)}
    parameters += channels * 10 + 10
    write(name, f'{source}: {parameters / 1e6:.3g} million', parameters, layers, (3, 16, 16), (3, 32, 32), 10)


def mobilenet_v1():
    layers = {'conv1': (32, 112, 112), 'conv1_bn': (32, 112, 112)}
    side, channels = 112, 32
    for i, (filters, stride) in enumerate([(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)], 1):
        side //= stride
        layers |= {f'conv_dw_{i}': (channels, side, side), f'conv_dw_{i}_bn': (channels, side, side),
                   f'conv_pw_{i}': (filters, side, side), f'conv_pw_{i}_bn': (filters, side, side)}
        channels = filters
    write('mobilenet_v1', 'Howard et al. 2017, table 1 (4.2 million); trained numbers as Keras counts them', 4_231_976,
          layers | {'global_pool': (1024, 1, 1), 'conv_preds': (1000,)}, (3, 64, 64))


def xception():
    layers = {'block1_conv1': (32, 149, 149), 'block1_conv1_bn': (32, 149, 149), 'block1_conv2': (64, 147, 147), 'block1_conv2_bn': (64, 147, 147)}

    def separable(path, into, out, side):
        layers.update({path + '.depthwise': (into, side, side), path + '.pointwise': (out, side, side), path + '_bn': (out, side, side)})

    def reduced(block, into, middle, out, side, after):
        at = f'block{block}.'
        separable(at + 'sepconv1', into, middle, side)
        separable(at + 'sepconv2', middle, out, side)
        layers.update({at + 'pool': (out, after, after), at + 'shortcut.0': (out, after, after), at + 'shortcut.1': (out, after, after)})

    reduced(2, 64, 128, 128, 147, 74)
    reduced(3, 128, 256, 256, 74, 37)
    reduced(4, 256, 728, 728, 37, 19)
    for block in range(5, 13):
        for i in (1, 2, 3):
            separable(f'block{block}.sepconv{i}', 728, 728, 19)
    reduced(13, 728, 728, 1024, 19, 10)
    separable('block14_sepconv1', 1024, 1536, 10)
    separable('block14_sepconv2', 1536, 2048, 10)
    write('xception', 'Chollet 2017, figure 5 (22,855,952 parameters in table 3)', 22_855_952,
          layers | {'avg_pool': (2048, 1, 1), 'predictions': (1000,)}, (3, 71, 71), (3, 299, 299))


def enet(classes=20):
    layers, parameters = {}, 0

    def place(path, channels, side, weights):
        nonlocal parameters
        parameters += weights
        layers[path] = (channels, side, side)

    def extension(at, into, inner, out, before, side, reduce, middle, encoder):
        # Encoders reduce where the output is, decoders where the input is.
        low = side if encoder else before
        slopes = inner if encoder else 0
        place(at + 'reduce', inner, low, into * inner * reduce)
        place(at + 'bn1', inner, low, 2 * inner)
        if encoder:
            place(at + 'act1', inner, low, slopes)
        for name, taps in middle:
            place(at + name, inner, side, inner * inner * taps)
        place(at + 'bn2', inner, side, 2 * inner)
        if encoder:
            place(at + 'act2', inner, side, slopes)
        place(at + 'expand', out, side, inner * out)
        place(at + 'bn3', out, side, 2 * out)

    regular = [('conv', 9)]
    asymmetric = [('conv5x1', 5), ('conv1x5', 5)]

    def encoding(at, filters, side, middle=regular):
        extension(at, filters, filters // 4, filters, side, side, 1, middle, True)
        place(at + 'activation', filters, side, filters)

    def down(at, into, out, side):
        extension(at + 'down.', into, out // 4, out, 2 * side, side, 4, regular, True)
        place(at + 'down.act', out, side, out)

    def up(at, into, out, side):
        place(at + 'up.main.conv', out, side // 2, into * out)
        place(at + 'up.main.bn', out, side // 2, 2 * out)
        extension(at + 'up.', into, out // 4, out, side // 2, side, 1, regular, False)

    def decoding(at, filters, side):
        extension(at, filters, filters // 4, filters, side, side, 1, regular, False)

    place('initial.conv', 13, 256, 3 * 13 * 9)
    place('initial.pool', 3, 256, 0)
    place('initial.bn', 16, 256, 32)
    place('initial.prelu', 16, 256, 16)
    down('level1.', 16, 64, 128)
    for i in range(1, 5):
        encoding(f'level1.bottleneck1_{i}.', 64, 128)
    down('level1.level2.', 64, 128, 64)
    for stage in 2, 3:
        for i, middle in enumerate([regular, regular, asymmetric, regular] * 2):
            encoding(f'level1.level2.bottleneck{stage}_{i + 1 if stage == 2 else i}.', 128, 64, middle)
    up('level1.level2.', 128, 64, 128)
    decoding('level1.bottleneck4_1.', 64, 128)
    decoding('level1.bottleneck4_2.', 64, 128)
    up('level1.', 64, 16, 256)
    decoding('bottleneck5_1.', 16, 256)
    place('fullconv', classes, 512, 16 * classes * 4 + classes)
    write('enet', f'Paszke et al. 2016, table 1 (0.37 million in table 4, {parameters:,} by this table and a 2x2 last convolution)', parameters,
          layers, (3, 32, 32), (3, 512, 512), (classes, 512, 512), 2)


if __name__ == '__main__':
    enet()
    for name in 'resnet18 resnet34 resnet50 resnet101 resnet152 wide_resnet50_2 resnext50_32x4d'.split():
        of_torchvision(name, (3, 64, 64), ('maxpool', 'avgpool'))
    of_torchvision('squeezenet1_0', (3, 63, 63), ('features.2', 'features.6', 'features.11', 'classifier.3'), True)
    of_torchvision('squeezenet1_1', (3, 63, 63), ('features.2', 'features.5', 'features.8', 'classifier.3'), True)
    of_torchvision('mobilenet_v2', (3, 64, 64))
    for name in 'densenet121 densenet161 densenet169 densenet201'.split():
        of_torchvision(name, (3, 64, 64), ('features.pool0',))
    of_torchvision('efficientnet_b0', (3, 64, 64), ('avgpool',))
    of_torchvision('convnext_tiny', (3, 64, 64), ('avgpool',))
    bottlenecks('resnet50-v1', 'He et al. 2016, table 1', 25_557_032, True, False)
    bottlenecks('se_resnet50', 'Hu et al. 2018, table 1; 28.1 million in table 2', 28_088_024, False, True)
    for depth in (20, 32, 44, 56, 110):
        cifar(f'resnet{depth}-cifar', 'He et al. 2016, table 6', (depth - 2) // 6)
    cifar('preresnet110', 'He et al. 2016, Identity mappings, table 2', 18, kind='pre-basic')
    cifar('preresnet164', 'He et al. 2016, Identity mappings, table 4', 18, kind='pre-bottleneck')
    cifar('wrn-16-8', 'Zagoruyko and Komodakis 2016, table 4', 2, 8, 'pre-basic')
    cifar('wrn-28-10', 'Zagoruyko and Komodakis 2016, table 4', 4, 10, 'pre-basic')
    cifar('wrn-40-4', 'Zagoruyko and Komodakis 2016, table 4', 6, 4, 'pre-basic')
    mobilenet_v1()
    xception()
