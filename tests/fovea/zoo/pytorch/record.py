"""Records what torchvision's networks compute, and ENet as enet.py has it, for ../PyTorchNetworksTest.java.

    python record.py [names]        (needs torch, torchvision and numpy; downloads nothing)

Weights, running statistics, pictures and the gradient of the output come out of a hash of (name, index), which the test computes as
well. For two pictures there are the outputs in evaluation, and those in training with SiLU for ReLU (dropout and stochastic depth
switched off) and, of the gradient of every parameter and of the pictures then, its length and its product with a hashed vector. The
other function is there since, where few places are left, a ReLU that rounding switches on or off changes a layer's gradient by a tenth,
and nothing could be compared sharply. Of more than 512 outputs, the products of consecutive pieces with hashed numbers stand for them.

All is computed in float64. What float32 may make of it is measured by 24 runs, 12 of slow networks, with the errors of rounding.py,
which in evaluation also rounds all filters once more, as where norms are folded into them. The difference of a number is the sum of a
great many small ones, so it is normal, and its deviation is the root mean square over the runs. A right network then is farther away
than `factor` deviations, Student's quantile for as many degrees of freedom, once in a million times for any of its numbers.
"""
import contextlib
import functools
import json
import math
import pathlib
import sys

import numpy as np
import torch
from torch import library
from torch.nn import functional

import enet
from rounding import Rounding

# A torchvision without its compiled ops is enough, but it wants to know of these two.
OPS = library.Library('torchvision', 'FRAGMENT')
for op in 'nms', 'qnms':
    OPS.define(f'{op}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
import torchvision  # noqa: E402

HERE = pathlib.Path(__file__).parent
CLASSES = 10
BATCH = 2
# Fewer runs make a larger factor.
RUNS, RUNS_OF_SLOW = 24, 12
SLOW = 'alexnet', 'convnext', 'densenet', 'inception', 'mobilenet', 'res', 'vgg', 'wide'
FALSE_ALARM = 1e-6
PIECES = 512
# torchvision's name: ours, side of the pictures
NETWORKS = {
    'alexnet': ('alexnet', 63), 'vgg11': ('vgg11', 32), 'vgg11_bn': ('vgg11-bn', 64), 'vgg16': ('vgg16', 32), 'vgg16_bn': ('vgg16-bn', 64),
    'googlenet': ('googlenet-bn-aux', 96), 'inception_v3': ('inception-v3', 299),
    'resnet18': ('resnet18', 96), 'resnet34': ('resnet34', 96), 'resnet50': ('resnet50', 96), 'resnet101': ('resnet101', 96),
    'resnet152': ('resnet152', 96), 'wide_resnet50_2': ('wide-resnet50-2', 96), 'resnext50_32x4d': ('resnext50-32x4d', 96),
    'squeezenet1_0': ('squeezenet1-0', 63), 'squeezenet1_1': ('squeezenet1-1', 63), 'mobilenet_v2': ('mobilenet-v2', 96),
    'densenet121': ('densenet121', 96), 'efficientnet_b0': ('efficientnet-b0', 96), 'convnext_tiny': ('convnext-tiny', 64), 'enet': ('enet', 64),
}
MASK = (1 << 64) - 1
RELU, HARDTANH = functional.relu, functional.hardtanh


def smoothed(on):
    """All ReLU and ReLU6, modules included, are computed by these two functions."""
    silu = lambda x, *_, **__: functional.silu(x)
    functional.relu = silu if on else RELU
    functional.hardtanh = silu if on else HARDTANH


def batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps):
    """Of single steps, each of which rounds."""
    channels = [1, -1] + [1] * (x.dim() - 2)
    if training:
        axes = [0] + list(range(2, x.dim()))
        mean = x.mean(axes).reshape(channels)
        var = ((x - mean) ** 2).mean(axes).reshape(channels)
    else:
        mean, var = running_mean.reshape(channels), running_var.reshape(channels)
    return (x - mean) * (weight.reshape(channels) * torch.rsqrt(var + eps)) + bias.reshape(channels)


def layer_norm(x, shape, weight, bias, eps):
    axes = list(range(-len(shape), 0))
    mean = x.mean(axes, keepdim=True)
    return (x - mean) * torch.rsqrt(((x - mean) ** 2).mean(axes, keepdim=True) + eps) * weight + bias


functional.batch_norm, functional.layer_norm = batch_norm, layer_norm


@functools.cache
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


def joined(name, outputs):
    """The outputs, or the products of pieces of them."""
    y = np.concatenate([y.detach().double().numpy().ravel() for y in outputs])
    if y.size <= PIECES:
        return y
    length = -(-y.size // PIECES)
    products = np.zeros(PIECES * length)
    products[:y.size] = y * hashed(name, y.size)
    return products.reshape(-1, length)[:-(-y.size // length)].sum(axis=1)


def run(net, x, seed=None):
    """What the test compares, exactly or, with a seed, with the errors of float32."""
    net, x = (net.double(), x.double()) if seed is None else (net.float(), x.float())
    rounded = lambda folded: contextlib.nullcontext() if seed is None else Rounding(seed, folded)
    with torch.no_grad(), rounded(True):
        judged = joined('eval', outputs_of(net.eval(), x))
    x = x.clone().requires_grad_()
    net.zero_grad()
    smoothed(True)
    with rounded(False):
        outputs = outputs_of(net.train(), x)
        torch.autograd.backward(outputs, [torch.from_numpy(hashed(f'gradient{i}', y.numel())).to(x.dtype).reshape(y.shape)
                                          for i, y in enumerate(outputs)])
    smoothed(False)
    gradients = {key: p.grad.double().contiguous().numpy().ravel() for key, p in net.named_parameters()}
    gradients['pictures'] = x.grad.double().numpy().ravel()
    sums = [(g @ hashed('gradient of ' + key, g.size), np.sqrt(g @ g)) for key, g in gradients.items()]
    return list(gradients), (judged, joined('train', outputs), np.array(sums))


def student(degrees, tail):
    """What Student's t exceeds with this probability: the tangent substitution makes its density a power of the cosine."""
    angles = (np.arange(2_000_000) + 0.5) / 2_000_000 * math.pi / 2
    tails = np.cumsum((np.cos(angles) ** (degrees - 1))[::-1])
    at = np.searchsorted(tails / tails[-1] / 2, tail)
    return math.sqrt(degrees) * math.tan(angles[::-1][at])


def record(name):
    ours, side = NETWORKS[name]
    hashed.cache_clear()
    net = network(name)
    x = torch.from_numpy((hashed('pictures', BATCH * 3 * side * side) * np.sqrt(3.0)).astype(np.float32)).reshape(BATCH, 3, side, side)
    keys, exact = run(net, x)
    squares = [np.zeros_like(part) for part in exact]
    runs = RUNS_OF_SLOW if name.startswith(SLOW) else RUNS
    for seed in range(runs):
        for sum_of_squares, part, expected in zip(squares, run(net, x, seed)[1], exact):
            sum_of_squares += (part - expected) ** 2
    # A number that is right to the last bit all the same is rounded once.
    deviations = [np.sqrt(s / runs) + np.abs(part) * 2.0 ** -24 for s, part in zip(squares, exact)]
    factor = student(runs, FALSE_ALARM / 2 / sum(part.size for part in exact))
    pair = lambda value, deviation: f'{value:.9g}, {deviation:.2g}'
    numbers = lambda part, deviation: '[' + ', '.join(pair(v, d) for v, d in zip(part, deviation)) + ']'
    lines = ',\n'.join(f'  {json.dumps(key)}: {numbers(part, deviation)}' for key, part, deviation in zip(keys, exact[2], deviations[2]))
    (HERE / f'{ours}.json').write_text(
        f'{{"torchvision": "{name}", "classes": {CLASSES}, "batch": {BATCH}, "side": {side}, "runs": {runs}, "factor": {factor:.4g},\n'
        + ''.join(f' "{what}": {numbers(part, deviation)},\n' for what, part, deviation in zip(('eval', 'train'), exact, deviations))
        + f' "gradients": {{\n{lines}}}}}\n')
    relative = [float(np.max(d) / np.max(np.abs(p))) for p, d in zip(exact[:2], deviations)]
    median = float(np.median(deviations[2][:, 1] / exact[2][:, 1]))
    print(f'{name}: factor {factor:.3g}; largest deviation of outputs {relative}; median of gradients {median:.3g}', flush=True)


if __name__ == '__main__':
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or NETWORKS:
        record(wanted)
