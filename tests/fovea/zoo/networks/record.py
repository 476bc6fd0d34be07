"""What comes out of every layer of torchvision's networks: python record.py alexnet vgg16_bn=vgg16-bn ... beside this file.

An argument is torchvision's name, or that name, = and ours. A module that runs more than once (an activation that blocks share) is left
out, as it has no one place.
"""
import sys
from pathlib import Path

import torch
import torchvision

HERE = Path(__file__).parent
OPTIONS = {
    "googlenet-bn": dict(aux_logits=False, init_weights=False),
    "googlenet-bn-aux": dict(aux_logits=True, init_weights=False),
    "inception-v3": dict(aux_logits=True, init_weights=False),
    "inception-v3-no-aux": dict(aux_logits=False, init_weights=False),
}
SIDE = {"inception_v3": 299}
# By our names: what the test of overfitting takes, as torchvision's own size is slow.
OVERFIT = {"alexnet": 63, "googlenet-bn": 64, "googlenet-bn-aux": 64, "inception-v3": 299, "inception-v3-no-aux": 96, "efficientnet_b0": 64, "convnext_tiny": 64, "densenet121": 64}


def dims(shape):
    return " ".join(str(d) for d in shape[1:])


def record(name, ours):
    model = getattr(torchvision.models, name)(weights=None, **OPTIONS.get(ours, {}))
    side = SIDE.get(name, 224)
    seen = {}
    for path, module in model.named_modules():
        if path and not list(module.children()):
            module.register_forward_hook(lambda m, x, y, path=path: seen.setdefault(path, []).append(dims(y.shape)))
    with torch.no_grad():
        y = model(torch.zeros(2, 3, side, side))
    y = y[0] if isinstance(y, tuple) else y
    lines = [f"# torchvision {torchvision.__version__.split('+')[0]}, {name}",
             f"parameters  {sum(p.numel() for p in model.parameters()):,}",
             f"input       3 {side} {side}",
             f"output      {dims(y.shape)}",
             f"overfit     3 {OVERFIT.get(ours, 32)} {OVERFIT.get(ours, 32)}"]
    width = max(10, max(len(path) for path in seen))
    lines += [f"{path.ljust(width)}  {shapes[0]}" for path, shapes in seen.items() if len(shapes) == 1]
    (HERE / f"{ours}.txt").write_text("\n".join(lines) + "\n")


for argument in sys.argv[1:]:
    name, _, ours = argument.partition("=")
    record(name, ours or name)
