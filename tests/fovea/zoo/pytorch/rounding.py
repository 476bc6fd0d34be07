"""How far a correct float32 program may be from the exact result: sums that are rounded as often as can be.

Under `Rounding`, PyTorch computes in float32, so that whatever it rounds is rounded. On top of that each sum of n products, forward and
backward, gets a random error as large as that of adding them up one after the other in random order. The square of the k-th partial
sum is expected to be (k / n)^2 S^2 + k (1 - k / n) V, with S the whole sum, Q the sum of the squares of what is added and
V = Q / n - (S / n)^2. Over all k that makes n S^2 / 3 + n^2 V / 6; each is rounded by up to u = 2^-24 of itself, evenly, whose variance
is u^2 / 3. This is the longest chain there can be: vectors, blocks and trees have shorter ones, whose errors are smaller.
"""
import math

import torch
from torch.utils._python_dispatch import TorchDispatchMode

U = 2.0 ** -24


class Rounding(TorchDispatchMode):
    """With `folded`, filters are rounded once more, as where a norm is multiplied into them."""

    def __init__(self, seed, folded=False):
        super().__init__()
        self.random = torch.Generator().manual_seed(seed)
        self.folded = folded

    def chain(self, total, squares, n):
        """Adds the error of a sum of n terms, whose squares have this sum."""
        variance = (n * total ** 2 / 3 + (n * squares - total ** 2).clamp(min=0) / 6) / 3
        total += torch.randn(total.shape, generator=self.random) * variance.sqrt() * U

    def convolution(self, func, args):
        x, w, b, *how = args
        transposed, groups = how[3], how[5]
        if self.folded:
            w = w * (1 + (torch.rand(w.shape, generator=self.random) * 2 - 1) * U)
        y = func(x, w, None, *how)
        self.chain(y, func(x ** 2, w ** 2, None, *how), w.numel() // w.shape[1] // groups if transposed else w[0].numel())
        return y if b is None else y.add_(b.reshape(1, -1, *[1] * (y.dim() - 2)))

    def convolution_backward(self, func, args):
        dy, x, w, bias_sizes, *how, mask = args
        transposed, groups = how[3], how[5]
        gradients = func(*args)
        squares = func(dy ** 2, x ** 2, w ** 2, bias_sizes, *how, mask)
        places = dy.numel() // dy.shape[1]
        terms = w[0].numel() if transposed else w.numel() // w.shape[1] // groups, places, places
        for gradient, square, n in zip(gradients, squares, terms):
            if gradient is not None:
                self.chain(gradient, square, n)
        return gradients

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = func.name().partition('::')[2].partition('.')[0]
        if name == 'convolution':
            return self.convolution(func, args)
        if name == 'convolution_backward':
            return self.convolution_backward(func, args)
        if name in ('native_batch_norm', 'native_layer_norm', 'baddbmm', 'addmv', 'dot', 'mv', 'linear'):
            raise NotImplementedError(f'{name} has sums of its own')
        y = func(*args, **kwargs)
        # Two terms are rounded once, by float32 itself.
        if name in ('mm', 'bmm', 'addmm') and args[-2].shape[-1] > 2:
            a, b = args[-2:]
            product = y if name != 'addmm' else y - args[0]
            error = product.clone()
            self.chain(error, (a ** 2) @ (b ** 2), a.shape[-1])
            y += error - product
        elif name in ('sum', 'mean', 'avg_pool2d', '_adaptive_avg_pool2d'):
            x = args[0]
            n = {'avg_pool2d': lambda: math.prod(args[1]),
                 '_adaptive_avg_pool2d': lambda: math.prod(-(-a // b) + 1 for a, b in zip(x.shape[-2:], args[1]))
                 }.get(name, lambda: x.numel() // y.numel())()
            scale = 1 if name == 'sum' else n
            y *= scale
            self.chain(y, func(x ** 2, *args[1:], **kwargs) * scale, n)
            y /= scale
        return y
