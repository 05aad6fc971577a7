"""a test

Needs PyTorch and Brevitas 0.6. Names of layers, and so of the state dictionary, are the model file's.
"""

from torch import nn

import brevitas.nn as qnn
from brevitas.quant import Int8ActPerTensorFloat, Int8ActPerTensorFloatMinMaxInit, Int8WeightPerChannelFloat, Int8WeightPerTensorFloat, IntBias, Uint8ActPerTensorFloat


class Int4Weight(Int8WeightPerTensorFloat):
    bit_width = 4


class Int4WeightPerChannel(Int8WeightPerChannelFloat):
    bit_width = 4


class Int8Act(Int8ActPerTensorFloatMinMaxInit):
    min_val = -2
    max_val = 3


class Uint4Act(Uint8ActPerTensorFloat):
    bit_width = 4


class Scope(nn.Module):
    """Layers by name; those that are called by a number are indexed by it."""

    def __init__(self, layers):
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)

    def __getitem__(self, name):
        return self._modules[str(name)]


class TwoBlocks(nn.Module):
    """Input 1 x 2 x 16, of any batch size."""

    def __init__(self):
        super().__init__()
        self.input = qnn.QuantHardTanh(act_quant=Int8Act)
        self.blocks = Scope({
            "0": Scope({
                "conv": qnn.QuantConv1d(2, 2, 3, padding=1, bias=False, weight_quant=Int4WeightPerChannel),
                "norm": nn.BatchNorm1d(2),
                "relu": qnn.QuantReLU(act_quant=Uint4Act),
            }),
            "1": Scope({
                "conv": qnn.QuantConv1d(2, 2, 3, padding=1, bias=False, weight_quant=Int4WeightPerChannel),
                "norm": nn.BatchNorm1d(2),
                "relu": qnn.QuantReLU(act_quant=Uint4Act),
            }),
        })
        self.pool = nn.MaxPool1d(16, stride=16)
        self.fc = qnn.QuantLinear(2, 3, bias=True, weight_quant=Int4Weight, bias_quant=IntBias, input_quant=Int8ActPerTensorFloat)

    def forward(self, x):
        x = self.input(x)
        y = self.blocks[0].conv(x)
        y = self.blocks[0].norm(y)
        y = self.blocks[0].relu(y)
        x = y + x
        y = self.blocks[1].conv(x)
        y = self.blocks[1].norm(y)
        y = self.blocks[1].relu(y)
        x = y + x
        x = self.pool(x)
        x = x.flatten(1)
        x = self.fc(x)
        return x
