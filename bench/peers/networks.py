"""BacalhauNet and VGG10 in plain PyTorch, quantised as the examples are or float."""

import torch
from torch import nn
from torch.nn import functional

from quantizers import ActivationQuantizer, quantize_bias, quantize_weight, weight_scale

# Kernel size, stride, output channels.
BLOCKS = [(27, 2, 24), (21, 1, 24), (15, 2, 48), (9, 1, 48), (9, 2, 48)]
CLASSES = 24


class Conv(nn.Conv1d):
    def __init__(self, inputs, outputs, kernel, bits, stride=1, groups=1):
        super().__init__(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bits = bits

    def forward(self, x):
        weight = quantize_weight(self.weight, self.bits) if self.bits else self.weight
        return functional.conv1d(x, weight, None, self.stride, self.padding, 1, self.groups)


class Linear(nn.Linear):
    """`input_scale` of the quantiser before it makes the bias quantised as well."""

    def __init__(self, inputs, outputs, bits, bias):
        super().__init__(inputs, outputs, bias)
        self.bits = bits

    def forward(self, x, input_scale=None):
        if not self.bits:
            return super().forward(x)
        weight = quantize_weight(self.weight, self.bits)
        if self.bias is None or input_scale is None:
            return functional.linear(x, weight, self.bias)
        scale = input_scale * weight_scale(self.weight, self.bits)
        return functional.linear(x, weight, quantize_bias(self.bias, scale))


def activation(bits):
    """ReLU, quantised where there are bits: clamping to [0, highest] is the ReLU."""
    return ActivationQuantizer(bits, signed=False, threshold=4) if bits else nn.ReLU()


class Bacalhaunet(nn.Module):
    def __init__(self, quantised):
        super().__init__()
        bits = 6 if quantised else None
        self.input = ActivationQuantizer(8, True, 3) if quantised else nn.Hardtanh(-2, 3)
        self.blocks = nn.ModuleList()
        self.residual = []
        channels = 2
        for kernel, stride, outputs in BLOCKS:
            depthwise = [Conv(channels, channels, kernel, bits, stride, channels), nn.BatchNorm1d(channels)]
            pointwise = [Conv(channels, outputs, 1, bits), nn.BatchNorm1d(outputs)]
            self.blocks.append(nn.Sequential(*depthwise, activation(bits), *pointwise, activation(bits)))
            self.residual.append(stride == 1 and channels == outputs)
            channels = outputs
        self.head = ActivationQuantizer(8, True, 4) if quantised else nn.Identity()
        self.classifier = Linear(channels, CLASSES, bits, bias=True)

    def forward(self, x):
        x = self.input(x)
        for block, residual in zip(self.blocks, self.residual):
            x = block(x) + x if residual else block(x)
        x = self.head(x.amax(dim=2))
        scale = self.head.scale() if isinstance(self.head, ActivationQuantizer) else None
        return self.classifier(x, scale)


class Vgg10(nn.Module):
    def __init__(self, quantised):
        super().__init__()
        bits = 8 if quantised else None
        self.input = ActivationQuantizer(8, True, 2, learned=False) if quantised else nn.Hardtanh(-2, 2)
        layers, channels = [], 2
        for _ in range(7):
            layers += [Conv(channels, 64, 3, bits), nn.BatchNorm1d(64), activation(bits), nn.MaxPool1d(2)]
            channels = 64
        features = 64 * 1024 // 2**7
        layers.append(nn.Flatten())
        for outputs in (128, 128):
            layers += [Linear(features, outputs, bits, bias=False), nn.BatchNorm1d(outputs), activation(bits)]
            features = outputs
        self.layers = nn.Sequential(*layers)
        self.classifier = Linear(features, CLASSES, bits, bias=True)

    def forward(self, x):
        x = self.layers(self.input(x))
        last = self.layers[-1]
        return self.classifier(x, last.scale() if isinstance(last, ActivationQuantizer) else None)


NETWORKS = {"bacalhaunet": Bacalhaunet, "vgg10": Vgg10}


def make(name, quantised):
    torch.manual_seed(2018)
    return NETWORKS[name](quantised)
