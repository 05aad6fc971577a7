"""Layers with quantisers."""

from typing import NamedTuple

import torch
from torch import nn

from .inject.enum import FloatToIntImplType, QuantType, ScalingImplType


class QuantTensor(NamedTuple):
    """A tensor with the scale of its integers. Functions of PyTorch refuse it, as they lose the scale in 0.6."""

    value: torch.Tensor
    scale: torch.Tensor
    bit_width: int

    def flatten(self, *dimensions):
        return self._replace(value=self.value.flatten(*dimensions))


def plain(x):
    return x.value if isinstance(x, QuantTensor) else x


ROUNDINGS = {
    FloatToIntImplType.ROUND: torch.round,
    FloatToIntImplType.FLOOR: torch.floor,
    FloatToIntImplType.CEIL: torch.ceil,
    FloatToIntImplType.ROUND_TO_ZERO: torch.trunc,
}


class _Scaling(nn.Module):
    """The threshold: a parameter `value`, the statistic of a stored tensor, or a constant."""

    def __init__(self, quantizer, shape):
        super().__init__()
        self.quantizer, self.shape = quantizer, shape
        if quantizer.scaling_impl_type in (ScalingImplType.PARAMETER, ScalingImplType.PARAMETER_FROM_STATS):
            self.value = nn.Parameter(torch.ones(shape))

    def forward(self, x):
        quantizer = self.quantizer
        if quantizer.scaling_impl_type == ScalingImplType.CONST:
            if hasattr(quantizer, "scaling_const"):
                return torch.tensor(quantizer.scaling_const)
            return torch.tensor(float(max(abs(quantizer.min_val), abs(quantizer.max_val))))
        if quantizer.scaling_impl_type == ScalingImplType.STATS:
            if self.shape == ():
                return x.abs().max()
            others = [axis for axis, size in enumerate(self.shape) if size == 1 and axis < x.dim()]
            return x.abs().amax(dim=others, keepdim=True).reshape(self.shape)
        return self.value.abs()


class _TensorQuant(nn.Module):
    def __init__(self, quantizer, shape):
        super().__init__()
        self.quantizer = quantizer
        self.scaling_impl = _Scaling(quantizer, shape)

    def range(self):
        quantizer = self.quantizer
        bits = quantizer.bit_width
        if not quantizer.signed:
            return 0, 2**bits - 1 - int(quantizer.narrow_range)
        return -(2 ** (bits - 1)) + int(quantizer.narrow_range), 2 ** (bits - 1) - 1

    def forward(self, x):
        quantizer = self.quantizer
        threshold = self.scaling_impl(x)
        if quantizer.quant_type == QuantType.BINARY:
            return torch.where(x >= 0, 1.0, -1.0) * threshold, threshold
        if quantizer.quant_type == QuantType.TERNARY:
            return (x.abs() > quantizer.threshold * threshold) * torch.sign(x) * threshold, threshold
        low, high = self.range()
        scale = threshold / (-low if quantizer.signed else high)
        return ROUNDINGS[quantizer.float_to_int_impl_type](torch.clamp(x / scale, low, high)) * scale, scale


class _ActQuantProxy(nn.Module):
    """`act_quant` of an activation, `input_quant` and `output_quant` of a layer."""

    def __init__(self, quantizer, function=None):
        super().__init__()
        shape = quantizer.per_channel_broadcastable_shape if quantizer.scaling_per_output_channel else ()
        self.fused_activation_quant_proxy = nn.Module()
        self.fused_activation_quant_proxy.tensor_quant = _TensorQuant(quantizer, shape)
        self.function = function
        self.bits = quantizer.bit_width

    def forward(self, x):
        x = plain(x)
        x = self.function(x) if self.function else x
        value, scale = self.fused_activation_quant_proxy.tensor_quant(x)
        return QuantTensor(value, scale, self.bits)


class _Activation(nn.Module):
    function = None

    def __init__(self, act_quant, return_quant_tensor=False):
        super().__init__()
        self.act_quant = _ActQuantProxy(act_quant, type(self).function)
        self.return_quant_tensor = return_quant_tensor

    def forward(self, x):
        y = self.act_quant(x)
        return y if self.return_quant_tensor else y.value


class QuantReLU(_Activation):
    function = torch.relu


class QuantSigmoid(_Activation):
    function = torch.sigmoid


class QuantTanh(_Activation):
    function = torch.tanh


class QuantIdentity(_Activation):
    pass


class QuantHardTanh(_Activation):
    """The clamp is the quantiser's range."""


class _Mac:
    """What convolutions and linear layers add to PyTorch's."""

    output_channel_axis = 0

    def add_quantizers(self, weight_quant, bias_quant, input_quant, output_quant, return_quant_tensor):
        channels = [1] * self.weight.dim()
        channels[self.output_channel_axis] = self.weight.shape[self.output_channel_axis]
        self.weight_quant = None
        if weight_quant is not None:
            shape = tuple(channels) if weight_quant.scaling_per_output_channel else ()
            self.weight_quant = nn.Module()
            self.weight_quant.tensor_quant = _TensorQuant(weight_quant, shape)
        self.bias_quant, self.external_bias = None, bias_quant is not None and bias_quant.external_scale
        if bias_quant is not None and not bias_quant.external_scale:
            self.bias_quant = nn.Module()
            self.bias_quant.tensor_quant = _TensorQuant(bias_quant, ())
        self.bias_bits = bias_quant.bit_width if bias_quant is not None else None
        self.input_quant = None if input_quant is None else _ActQuantProxy(input_quant)
        self.output_quant = None if output_quant is None else _ActQuantProxy(output_quant)
        self.return_quant_tensor = return_quant_tensor

    def forward(self, x):
        x = self.input_quant(x) if self.input_quant is not None else x
        weight, weight_scale = self.weight, None
        if self.weight_quant is not None:
            weight, weight_scale = self.weight_quant.tensor_quant(weight)
        bias = self.bias
        if self.bias_quant is not None:
            bias, _ = self.bias_quant.tensor_quant(bias)
        if self.external_bias:
            if not isinstance(x, QuantTensor):
                raise RuntimeError("IntBias needs an input that knows its scale")
            bias = self.quantized_bias(x, weight_scale)
        y = self.product(plain(x), weight, bias)
        if self.output_quant is None:
            return y
        y = self.output_quant(y)
        return y if self.return_quant_tensor else y.value

    def quantized_bias(self, x, weight_scale):
        scale = (x.scale * weight_scale).reshape(-1)
        integers = self.bias / scale
        if self.bias_bits is not None:
            integers = torch.clamp(integers, -(2 ** (self.bias_bits - 1)), 2 ** (self.bias_bits - 1) - 1)
        return torch.round(integers) * scale


def _mac(base, product, axis=0):
    class Layer(_Mac, base):
        output_channel_axis = axis

        def __init__(
            self,
            *args,
            weight_quant,
            bias_quant=None,
            input_quant=None,
            output_quant=None,
            return_quant_tensor=False,
            **keywords,
        ):
            base.__init__(self, *args, **keywords)
            self.add_quantizers(weight_quant, bias_quant, input_quant, output_quant, return_quant_tensor)

    Layer.product = product
    return Layer


def _convolution(self, x, weight, bias):
    return self._conv_forward(x, weight, bias)


def _transposed(function):
    def product(self, x, weight, bias):
        return function(x, weight, bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation)

    return product


QuantConv1d = _mac(nn.Conv1d, _convolution)
QuantConv2d = _mac(nn.Conv2d, _convolution)
QuantConvTranspose1d = _mac(nn.ConvTranspose1d, _transposed(nn.functional.conv_transpose1d), 1)
QuantConvTranspose2d = _mac(nn.ConvTranspose2d, _transposed(nn.functional.conv_transpose2d), 1)
QuantLinear = _mac(nn.Linear, lambda self, x, weight, bias: nn.functional.linear(x, weight, bias))


def _passing_on(base):
    class Layer(base):
        def __init__(self, *args, return_quant_tensor=True, **keywords):
            super().__init__(*args, **keywords)
            self.return_quant_tensor = return_quant_tensor

        def forward(self, x):
            y = super().forward(plain(x))
            return x._replace(value=y) if self.return_quant_tensor and isinstance(x, QuantTensor) else y

    return Layer


QuantMaxPool1d = _passing_on(nn.MaxPool1d)
QuantMaxPool2d = _passing_on(nn.MaxPool2d)
QuantDropout = _passing_on(nn.Dropout)
