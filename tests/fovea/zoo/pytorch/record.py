"""Records what torchvision's networks compute, and ENet as enet.py has it, for ../PyTorchNetworksTest.java.

    python record.py [names]        (needs torch, torchvision and numpy; downloads nothing)

Weights, running statistics, pictures and the gradient of the output come out of a hash of (name, index), which the test computes as
well. For two pictures there are the outputs in evaluation and in training (dropout and stochastic depth switched off) and, of the
gradient of every parameter and of the pictures, its length and its product with a hashed vector. For gradients, networks with ReLU and
batch norm get SiLU for ReLU: where few places are left, a ReLU that rounding switches on or off changes a layer's gradient by a tenth,
and nothing could be compared sharply. All is computed in float64. What float32 makes of it differs; how much is measured on other ways to
compute the same: PyTorch's own kernels, oneDNN's, channels last, batch norms folded into convolutions where nothing is trained, and sums over channels and
pictures in eight random orders. Recorded is the largest difference, for outputs relative to the largest output, for gradients relative to the length of the
gradient of the whole layer (of weight and bias together, since the one may be exactly 0 and its float32 nothing but rounding).
"""
import functools
import json
import pathlib
import sys

import numpy as np
import torch
from torch import library
from torch.fx.experimental import optimization

import enet

# A torchvision without its compiled ops is enough, but it wants to know of these two.
OPS = library.Library('torchvision', 'FRAGMENT')
for op in 'nms', 'qnms':
    OPS.define(f'{op}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
import torchvision  # noqa: E402

HERE = pathlib.Path(__file__).parent
CLASSES = 10
BATCH = 2
# torchvision's name: ours, side of the pictures
NETWORKS = {
    'alexnet': ('alexnet', 63), 'vgg11': ('vgg11', 32), 'vgg11_bn': ('vgg11-bn', 64), 'vgg16': ('vgg16', 32), 'vgg16_bn': ('vgg16-bn', 64),
    'googlenet': ('googlenet-bn-aux', 96), 'inception_v3': ('inception-v3', 299),
    'resnet18': ('resnet18', 96), 'resnet34': ('resnet34', 96), 'resnet50': ('resnet50', 96), 'resnet101': ('resnet101', 96),
    'resnet152': ('resnet152', 96), 'wide_resnet50_2': ('wide-resnet50-2', 96), 'resnext50_32x4d': ('resnext50-32x4d', 96),
    'squeezenet1_0': ('squeezenet1-0', 63), 'squeezenet1_1': ('squeezenet1-1', 63), 'mobilenet_v2': ('mobilenet-v2', 96),
    'densenet121': ('densenet121', 96), 'efficientnet_b0': ('efficientnet-b0', 96), 'convnext_tiny': ('convnext-tiny', 64), 'enet': ('enet', 64),
}
SMOOTHED = ('resnet', 'resnext', 'mobilenet', 'densenet', 'vgg11_bn', 'vgg16_bn', 'wide', 'enet')
ORDERS = 8
MASK = (1 << 64) - 1
RELU, HARDTANH = torch.nn.functional.relu, torch.nn.functional.hardtanh


def smoothed(on):
    """All ReLU and ReLU6, modules included, are computed by these two functions."""
    silu = lambda x, *_, **__: torch.nn.functional.silu(x)
    torch.nn.functional.relu = silu if on else RELU
    torch.nn.functional.hardtanh = silu if on else HARDTANH


@functools.lru_cache(16)
def hashed(name, count):
    """Numbers of 24 bits in [-1, 1)."""
    h = 0xcbf29ce484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001b3 & MASK
    z = np.uint64(h) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) * 2.0 ** -23 - 1


@functools.cache
def filled(name, shape):
    """float32 numbers of a parameter or buffer, such that signals keep their size through the layers."""
    u = hashed(name, int(np.prod(shape)))
    if name.endswith('running_var'):
        v = 1 + 0.3 * u
    elif name.endswith('running_mean') or name.endswith('bias'):
        v = 0.1 * u
    elif len(shape) == 1:
        v = 1 + 0.2 * u
    elif name.endswith('layer_scale'):
        v = 0.3 + 0.1 * u
    else:
        v = np.sqrt(6.0 / np.prod(shape[1:])) * u
    return torch.from_numpy(v.astype(np.float32)).reshape(tuple(shape))


def network(name):
    if name == 'enet':
        net = enet.ENet(CLASSES)
    else:
        options = {'init_weights': False} if name in ('googlenet', 'inception_v3') else {}
        net = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES, **options)
    for module in net.modules():
        if isinstance(module, (torch.nn.Dropout, torch.nn.Dropout2d, torchvision.ops.StochasticDepth)):
            module.p = 0.0
    net.load_state_dict({key: torch.zeros_like(value) if key.endswith('num_batches_tracked') else filled(key, value.shape)
                         for key, value in net.state_dict().items()})
    return net


def outputs_of(net, x):
    outputs = net(x)
    return (outputs,) if isinstance(outputs, torch.Tensor) else tuple(y for y in outputs if y is not None)


def reordered(net, seed):
    """Convolutions and products that do the same with pictures, inputs and filters in another order."""
    random = np.random.default_rng(seed)

    def put(module, call):
        pictures = torch.from_numpy(random.permutation(BATCH))
        inputs, filters = (torch.from_numpy(random.permutation(n)) for n in (module.weight.shape[1], module.weight.shape[0]))

        def forward(x):
            b = None if module.bias is None else module.bias[filters]
            return call(module, x[pictures][:, inputs], module.weight[filters][:, inputs], b)[torch.argsort(pictures)][:, torch.argsort(filters)]
        module.forward = forward

    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d) and module.groups == 1:
            put(module, lambda m, x, w, b: m._conv_forward(x, w, b))
        elif isinstance(module, torch.nn.Linear) and module.weight.dim() == 2 and not isinstance(net, torchvision.models.ConvNeXt):
            put(module, lambda m, x, w, b: torch.nn.functional.linear(x, w, b))
    return net


def judged_by(net, x):
    with torch.no_grad():
        return net.eval()(x).double().numpy().ravel()


def run(name, side, dtype, channels_last=False, order=None):
    """Outputs in evaluation, once more with norms folded, and in training, and gradients."""
    net = network(name).to(dtype)
    if order is not None:
        net = reordered(net, order)
    u = hashed('pictures', BATCH * 3 * side * side) * np.sqrt(3.0)
    x = torch.from_numpy(u.astype(np.float32)).reshape(BATCH, 3, side, side).to(dtype)
    if channels_last:
        net = net.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    judged = judged_by(net, x)
    folded = judged if order is not None else judged_by(optimization.fuse(network(name).to(dtype).eval()), x)
    x.requires_grad_()
    trained = outputs_of(net.train(), x)
    outputs = trained
    if name.startswith(SMOOTHED):
        smoothed(True)
        outputs = outputs_of(net, x)
        smoothed(False)
    loss = sum((y * torch.from_numpy(hashed(f'gradient{i}', y.numel())).to(dtype).reshape(y.shape)).sum() for i, y in enumerate(outputs))
    loss.backward()
    gradients = {key: p.grad.double().contiguous().numpy().ravel() for key, p in net.named_parameters()}
    gradients['pictures'] = x.grad.double().contiguous().numpy().ravel()
    sums = {key: (float(g @ hashed('gradient of ' + key, g.size)), float(np.sqrt(g @ g))) for key, g in gradients.items()}
    return (judged, folded), np.concatenate([y.detach().double().numpy().ravel() for y in trained]), sums


def layers(sums):
    """The length of the gradient of each layer."""
    squares = {}
    for key, (_, length) in sums.items():
        layer = key.rpartition('.')[0]
        squares[layer] = squares.get(layer, 0) + length ** 2
    return {layer: s ** 0.5 for layer, s in squares.items()}


def record(name):
    ours, side = NETWORKS[name]
    filled.cache_clear()
    (judged, _), trained, sums = run(name, side, torch.float64)
    length = layers(sums)
    drift = {'eval': 0.0, 'train': 0.0, 'gradient': 0.0}
    worst = ''
    for mkldnn, last, order in [(True, False, None), (False, False, None), (True, True, None)] + [(True, False, i) for i in range(ORDERS)]:
        with torch.backends.mkldnn.flags(enabled=mkldnn):
            both, trained32, sums32 = run(name, side, torch.float32, last, order)
        drift['eval'] = max([drift['eval']] + [np.abs(judged32 - judged).max() / np.abs(judged).max() for judged32 in both])
        drift['train'] = max(drift['train'], np.abs(trained32 - trained).max() / np.abs(trained).max())
        for key in sums:
            d = max(abs(a - b) for a, b in zip(sums[key], sums32[key])) / length[key.rpartition('.')[0]]
            if d > drift['gradient']:
                drift['gradient'], worst = d, key
    short = lambda v: float(f'{v:.8g}')
    lines = ',\n'.join(f'  {json.dumps(key)}: [{short(dot)}, {short(norm)}]' for key, (dot, norm) in sums.items())
    numbers = lambda values: json.dumps([short(v) for v in values])
    (HERE / f'{ours}.json').write_text(
        f'{{"torchvision": "{name}", "classes": {CLASSES}, "batch": {BATCH}, "side": {side}, "smoothed": {json.dumps(name.startswith(SMOOTHED))},\n'
        f' "drift": {json.dumps({k: short(v) for k, v in drift.items()})},\n'
        f' "eval": {numbers(judged)},\n "train": {numbers(trained)},\n "gradients": {{\n{lines}}}}}\n')
    print(name, drift, worst, np.abs(judged).max(), np.abs(trained).max())


if __name__ == '__main__':
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or NETWORKS:
        record(wanted)
