"""Trains the demo network on Fashion-MNIST, float and quantised, and writes weights.npz.

    train.py [DATASET]

Every layer computes in the integers of the deployed model already while it trains: weights are rounded to
their grid, inputs are levels, and batch normalisation followed by level = clamp(ceil(y / STEP), 0, 15) is
the activation's (P - T) / s, folded at the end. Gradients pass straight through the rounding. The float
baseline is the same network without rounding or clamping, and the quantised one starts from it.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import evaluate
from export import load

SEED = 1
STEP = 0.25  # an activation's interval, in standard deviations at gamma = 1
EPSILON = 1e-3  # of the normalisation
FLOAT_EPOCHS, QUANTISED_EPOCHS = 8, 10
SPARSITY = 0.03  # weight of the mean activity in the quantised loss
VALIDATION = 5000  # training images that are only watched
BATCH = 128


def straight_through(rounded, x):
    """The value of rounded, the gradient of x."""
    return rounded.detach() + (x - x.detach())


class Mode:
    quantised = False  # round weights and activations


def on_grid(weights, bits, dims):
    """Weights scaled so that the largest of each filter is the grid's largest, rounded if quantised."""
    top = 2 ** (bits - 1) - 1
    scaled = weights * (top / weights.abs().amax(dims, keepdim=True).clamp(min=1e-8))
    return straight_through(scaled.round(), scaled) if Mode.quantised else scaled


class Activation(nn.Module):
    """Batch normalisation with positive gamma, then levels; last: the normalised value itself."""

    def __init__(self, neurons, last=False):
        super().__init__()
        self.last = last
        self.unit = 1 if last else STEP
        self.log_gamma = nn.Parameter(torch.zeros(neurons))
        self.beta = nn.Parameter(torch.zeros(neurons))
        self.register_buffer("mean", torch.zeros(neurons))
        self.register_buffer("var", torch.ones(neurons))

    def fold(self):
        """T and s of the normalisation by the running statistics."""
        deviation = torch.sqrt(self.var + EPSILON) * torch.exp(-self.log_gamma)
        return (self.mean - self.beta * deviation).round(), deviation * self.unit

    def forward(self, p):
        if self.training:
            z = F.batch_norm(p, self.mean, self.var, self.log_gamma.exp(), self.beta, True, 0.02, EPSILON) / self.unit
        else:  # exactly as deployed
            threshold, step = (t.view(1, -1, 1, 1) for t in self.fold())
            z = (p.double() - threshold) / step
        if not self.last:
            z = z.clamp(0, 15) if Mode.quantised else F.relu(z)
            z = straight_through(z.ceil(), z) if Mode.quantised else z
        return z.float()


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        weights = lambda *shape: nn.Parameter(torch.randn(shape) / np.sqrt(np.prod(shape[1:])))
        self.c0, self.a0 = weights(16, 1, 5, 5), Activation(16)
        self.c1, self.a1 = weights(32, 16, 3, 3), Activation(32)
        self.d2, self.p2, self.a2 = weights(32, 1, 3, 3), weights(64, 32, 1, 1), Activation(64)
        self.d3, self.p3, self.a3 = weights(64, 1, 3, 3), weights(128, 64, 1, 1), Activation(128)
        self.f, self.af = weights(10, 128, 1, 1), Activation(10, last=True)

    def grids(self):
        filters = (1, 2, 3)
        return {name: on_grid(w, 8 if name == "c0" else 4, filters)
                for name, w in self.named_parameters() if w.dim() == 4}

    def forward(self, x):
        """Returns the logits and the mean activity of the layers."""
        w = self.grids()
        x0 = self.a0(F.max_pool2d(F.conv2d(x, w["c0"], padding=2), 2))
        x1 = self.a1(F.max_pool2d(F.conv2d(x0, w["c1"], padding=1), 2))
        x2 = self.a2(F.conv2d(F.conv2d(x1, w["d2"], padding=1, groups=32), w["p2"]))
        p3 = F.conv2d(F.conv2d(x2, w["d3"], padding=1, groups=64), w["p3"])
        x3 = self.a3(p3.sum((2, 3), keepdim=True))
        return self.af(F.conv2d(x3, w["f"])).flatten(1), x0.mean() + x1.mean() + x2.mean()


def accuracy(net, images, labels):
    net.eval()
    with torch.no_grad():
        correct = [(net(x.float())[0].argmax(1) == y).sum().item()
                   for x, y in zip(images.split(500), labels.split(500))]
    return 100 * sum(correct) / len(labels)


def train(net, images, labels, epochs, rate, sparsity):
    watched = images[-VALIDATION:], labels[-VALIDATION:]
    images, labels = images[:-VALIDATION], labels[:-VALIDATION]
    optimiser = torch.optim.Adam(net.parameters(), rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, epochs * (len(images) // BATCH), pct_start=0.2)
    for epoch in range(epochs):
        start = time.time()
        net.train()
        for batch in torch.randperm(len(images)).split(BATCH)[: len(images) // BATCH]:
            x = images[batch].float()
            flip = torch.rand(len(x), 1, 1, 1) < 0.5
            logits, activity = net(torch.where(flip, x.flip(3), x))
            loss = F.cross_entropy(logits, labels[batch]) + sparsity * activity
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        print(f"  epoch {epoch + 1}/{epochs}: loss {loss.item():.3f}, activity {activity.item():.2f}, "
              f"validation {accuracy(net, *watched):.2f} %, {time.time() - start:.0f} s", flush=True)


def deploy(net):
    """The variables of the deployed model: (kw, kh, c, n), true convolutions stored flipped."""
    grids = {name: w.detach().numpy().round().astype(np.int8) for name, w in net.grids().items()}
    plain = lambda w: np.ascontiguousarray(w.transpose(3, 2, 1, 0))
    flipped = lambda w: plain(w[:, :, ::-1, ::-1])
    depthwise = lambda w: flipped(w.transpose(1, 0, 2, 3))
    variables = {
        "c0.weights": plain(grids["c0"]),
        "c1.weights": flipped(grids["c1"]),
        "s2.weights": depthwise(grids["d2"]),
        "s2.weights_pw": plain(grids["p2"]),
        "s3.weights": depthwise(grids["d3"]),
        "s3.weights_pw": plain(grids["p3"]),
        "f.weights": plain(grids["f"]),
    }
    for name, activation in zip(("c0", "c1", "s2", "s3", "f"), (net.a0, net.a1, net.a2, net.a3, net.af)):
        threshold, step = (t.detach().numpy() for t in activation.fold())
        assert abs(threshold).max() < 2**19 and 0 < step.min() and step.max() < 2**16, name
        variables[f"{name}.threshold_fire"] = threshold.astype(np.int32)
        variables[f"{name}.threshold_fire_step"] = step
    return variables


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    tensors = lambda images, labels: (torch.from_numpy(images.transpose(0, 3, 1, 2).copy()),
                                      torch.from_numpy(labels.astype(np.int64)))
    training = tensors(*load("train", *sys.argv[1:]))
    images, labels = load("t10k", *sys.argv[1:])
    test = tensors(images, labels)

    net = Network()
    train(net, *training, FLOAT_EPOCHS, 4e-3, 0)
    print(f"float: {accuracy(net, *test):.2f} %")
    Mode.quantised = True
    train(net, *training, QUANTISED_EPOCHS, 2e-3, SPARSITY)
    print(f"quantised: {accuracy(net, *test):.2f} %")

    variables = deploy(net)
    np.savez_compressed(Path(__file__).parent / "weights.npz", **variables)
    with torch.no_grad():
        logits = torch.cat([net(x.float())[0] for x in test[0].split(500)]).numpy()
    reference, _, _ = evaluate.run_all(variables, images)
    print(f"predictions that differ from evaluate.py: {np.sum(logits.argmax(1) != reference.argmax(1))}, "
          f"largest difference of outputs {abs(logits - reference).max():.2e}")


if __name__ == "__main__":
    main()
