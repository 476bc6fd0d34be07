"""Records drift.json: how far float32 runs of PyTorch end from the float64 run of pytorch-training-trajectories when the initial weights
differ in the last bit, which is the error that a correct float32 implementation must be expected to make. Float64 runs from such weights
are recorded beside them: where they go apart as far, it is not the arithmetic, but ReLUs and maxima that flip.
Usage: python drift.py <folder with mnist, cifar10-subset and pytorch-training-trajectories> > drift.json (PyTorch 2.13)"""
import gzip
import json
import sys
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.numpy import load_file

RUNS = 40
torch.set_num_threads(1)
data = sys.argv[1] + "/"
raw = np.frombuffer(gzip.open(data + "cifar10-subset/train_8000.bin.gz").read(320 * 3073), dtype=np.uint8).reshape(320, 3073)
cifar = ((raw[:, 1:].astype(np.float32) / np.float32(255) - np.float32(0.5)) / np.float32(0.25)).reshape(320, 3, 32, 32)
cifar_labels = raw[:, 0].astype(np.int64)
mnist = np.frombuffer(gzip.open(data + "mnist/train-images-idx3-ubyte.gz").read(16 + 640 * 784)[16:], dtype=np.uint8)
mnist = (mnist.astype(np.float32) / np.float32(255)).reshape(640, 1, 28, 28)
mnist_labels = np.frombuffer(gzip.open(data + "mnist/train-labels-idx1-ubyte.gz").read(8 + 640)[8:], dtype=np.uint8).astype(np.int64)


class Block(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.down = nn.Identity()
        if inputs != filters or stride != 1:
            self.down = nn.Sequential(nn.Conv2d(inputs, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.down(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = Block(8, 8, 1)
        self.layer2 = Block(8, 16, 2)
        self.layer3 = Block(16, 32, 2)
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        return self.fc(self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x)))))).mean((2, 3)))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, 1, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv2(F.max_pool2d(F.relu(self.conv1(x)), 2))), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class Inception(nn.Module):
    def __init__(self, inputs, one, three, threes, five, fives, pooled):
        super().__init__()
        self.b1 = nn.Conv2d(inputs, one, 1)
        self.b2a = nn.Conv2d(inputs, three, 1)
        self.b2b = nn.Conv2d(three, threes, 3, 1, 1)
        self.b3a = nn.Conv2d(inputs, five, 1)
        self.b3b = nn.Conv2d(five, fives, 5, 1, 2)
        self.b4 = nn.Conv2d(inputs, pooled, 1)

    def forward(self, x):
        return torch.cat([F.relu(self.b1(x)), F.relu(self.b2b(F.relu(self.b2a(x)))), F.relu(self.b3b(F.relu(self.b3a(x)))),
                          F.relu(self.b4(F.max_pool2d(x, 3, 1, 1)))], 1)


class GoogLeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 7, 2, 3)
        self.inc1 = Inception(16, 8, 6, 12, 2, 4, 4)
        self.inc2 = Inception(28, 12, 8, 16, 4, 8, 8)
        self.fc = nn.Linear(44, 10)

    def forward(self, x):
        x = F.local_response_norm(F.max_pool2d(F.relu(self.stem(x)), 3, 2, ceil_mode=True), 5, 1e-4, 0.75, 1.0)
        return self.fc(self.inc2(F.max_pool2d(self.inc1(x), 3, 2, ceil_mode=True)).mean((2, 3)))


def distances(name, net, optimizer, images, labels, batch, dtype, seed):
    """From the recorded float64 run: of the losses, step by step, of the final weights, of the logits of the first images, and of the
    first gradients, these in parts of the largest element."""
    recorded = load_file(data + "pytorch-training-trajectories/%s.safetensors" % name)
    losses = json.load(open(data + "pytorch-training-trajectories/%s.json" % name))["loss_float64"]
    net = net()
    net.load_state_dict({k: torch.tensor(recorded["init/" + k]) for k in net.state_dict()})
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(1 + (torch.randint(0, 3, p.shape, generator=generator) - 1) * 1.01 * 2.0 ** -24)
    net = net.to(dtype)
    x, y = torch.tensor(images).to(dtype), torch.tensor(labels)
    optimizer = optimizer(net.parameters())
    way = []
    for t in range(len(losses)):
        first = t % (len(y) // batch) * batch
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x[first:first + batch]), y[first:first + batch])
        loss.backward()
        if t == 0:
            gradient = max(float((p.grad.double() - torch.tensor(recorded["grad_step0/" + k]).double()).abs().max() / p.grad.abs().max())
                           for k, p in net.named_parameters())
        optimizer.step()
        way.append(abs(loss.item() - losses[t]))
    net.eval()
    end = {k: v.double().numpy() for k, v in net.state_dict().items() if "num_batches" not in k}
    logits = net(x[:16]).detach().double().numpy()
    return (way, max(float(np.abs(v - recorded["final/" + k]).max()) for k, v in end.items()),
            float(np.abs(logits - recorded["final_logits_first16_eval"]).max()), gradient)


answer = {"made_with": "PyTorch " + torch.__version__, "runs": RUNS}
for case in [("lenet5_mnist_sgd", LeNet, lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=5e-4), mnist, mnist_labels, 64),
             ("miniresnet_cifar_sgd", ResNet, lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, weight_decay=1e-4), cifar, cifar_labels, 32),
             ("minigooglenet_cifar_adam", GoogLeNet, lambda p: torch.optim.Adam(p, lr=0.003), cifar, cifar_labels, 32)]:
    entry = {}
    for words, dtype in [("float32", torch.float32), ("float64", torch.float64)]:
        runs = [distances(*case, dtype, seed) for seed in range(RUNS)]
        entry[words] = {"loss": np.max([r[0] for r in runs], axis=0).tolist(), "weights": max(r[1] for r in runs),
                        "weights_median": float(np.median([r[1] for r in runs])), "logits": max(r[2] for r in runs), "gradient": max(r[3] for r in runs)}
    answer[case[0]] = entry
print(json.dumps(answer, indent=1))
