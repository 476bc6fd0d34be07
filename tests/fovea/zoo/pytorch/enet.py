"""ENet (Paszke et al. 2016), which torchvision does not have: figure 2 and table 1 of the paper in PyTorch, with our names."""
import torch
from torch import nn
from torch.nn import functional


class Rectified(nn.Module):
    def forward(self, x):
        return functional.relu(x)


def convolution(channels, filters, kernel, **options):
    return nn.Conv2d(channels, filters, kernel, bias=False, **options)


class Branch(nn.Module):
    """What a bottleneck adds: to a quarter of the channels, filtered there, and out again."""

    def __init__(self, reduce, inner, middle, filters, encoder):
        super().__init__()
        self.reduce, self.bn1, self.act1 = reduce, nn.BatchNorm2d(inner), activation(encoder, inner)
        self.middle = list(middle)
        for name, layer in middle.items():
            self.add_module(name, layer)
        self.bn2, self.act2 = nn.BatchNorm2d(inner), activation(encoder, inner)
        self.expand, self.bn3, self.dropout = convolution(inner, filters, 1), nn.BatchNorm2d(filters), nn.Dropout2d(0.1)

    def branch(self, x):
        x = self.act1(self.bn1(self.reduce(x)))
        for name in self.middle:
            x = getattr(self, name)(x)
        return self.dropout(self.bn3(self.expand(self.act2(self.bn2(x)))))


def activation(encoder, channels):
    return nn.PReLU(channels) if encoder else Rectified()


class Bottleneck(Branch):
    def __init__(self, filters, kind='regular', encoder=True):
        inner = filters // 4
        if kind == 'asymmetric':
            middle = {'conv5x1': convolution(inner, inner, (5, 1), padding=(2, 0)), 'conv1x5': convolution(inner, inner, (1, 5), padding=(0, 2))}
        else:
            distance = 1 if kind == 'regular' else kind
            middle = {'conv': convolution(inner, inner, 3, padding=distance, dilation=distance)}
        super().__init__(convolution(filters, inner, 1), inner, middle, filters, encoder)
        self.activation = activation(encoder, filters)

    def forward(self, x):
        return self.activation(x + self.branch(x))


class Down(Branch):
    def __init__(self, channels, filters):
        inner = filters // 4
        super().__init__(convolution(channels, inner, 2, stride=2), inner, {'conv': convolution(inner, inner, 3, padding=1)}, filters, True)
        self.pool, self.more, self.act = nn.MaxPool2d(2, return_indices=True), filters - channels, activation(True, filters)

    def forward(self, x):
        pooled = self.pool(x)
        return self.act(functional.pad(pooled[0], (0, 0, 0, 0, 0, self.more)) + self.branch(x)), pooled[1]


class Up(Branch):
    def __init__(self, channels, filters):
        inner = filters // 4
        doubling = nn.ConvTranspose2d(inner, inner, 3, stride=2, padding=1, output_padding=1, bias=False)
        super().__init__(convolution(channels, inner, 1), inner, {'conv': doubling}, filters, False)
        self.main = nn.Sequential()
        self.main.add_module('conv', convolution(channels, filters, 1))
        self.main.add_module('bn', nn.BatchNorm2d(filters))
        self.unpool = nn.MaxUnpool2d(2)

    def forward(self, x, places):
        return functional.relu(self.unpool(self.main(x), places) + self.branch(x))


class Level(nn.Module):
    def __init__(self, channels, filters, inside):
        super().__init__()
        self.down = Down(channels, filters)
        self.inside = list(inside)
        for name, layer in inside.items():
            self.add_module(name, layer)
        self.up = Up(filters, channels)

    def forward(self, x):
        down = self.down(x)
        y = down[0]
        for name in self.inside:
            y = getattr(self, name)(y)
        return self.up(y, down[1])


class Initial(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.pool, self.bn, self.prelu = convolution(3, 13, 3, stride=2, padding=1), nn.MaxPool2d(2), nn.BatchNorm2d(16), nn.PReLU(16)

    def forward(self, x):
        return self.prelu(self.bn(torch.cat([self.conv(x), self.pool(x)], 1)))


class ENet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        kinds = ['regular', 2, 'asymmetric', 4, 'regular', 8, 'asymmetric', 16]
        deep = {f'bottleneck2_{i + 1}': Bottleneck(128, kind) for i, kind in enumerate(kinds)}
        deep |= {f'bottleneck3_{i}': Bottleneck(128, kind) for i, kind in enumerate(kinds)}
        shallow = {f'bottleneck1_{i}': Bottleneck(64) for i in range(1, 5)}
        shallow['level2'] = Level(64, 128, deep)
        shallow |= {f'bottleneck4_{i}': Bottleneck(64, encoder=False) for i in (1, 2)}
        self.initial = Initial()
        self.level1 = Level(16, 64, shallow)
        self.bottleneck5_1 = Bottleneck(16, encoder=False)
        self.fullconv = nn.ConvTranspose2d(16, classes, 2, stride=2)

    def forward(self, x):
        return self.fullconv(self.bottleneck5_1(self.level1(self.initial(x))))
