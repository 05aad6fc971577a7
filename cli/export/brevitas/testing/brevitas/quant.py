"""Ready-made quantisers as classes of attributes."""

from .inject.enum import FloatToIntImplType, QuantType, ScalingImplType


class _Quantizer:
    quant_type = QuantType.INT
    float_to_int_impl_type = FloatToIntImplType.ROUND
    bit_width = 8
    signed = True
    narrow_range = False
    scaling_per_output_channel = False
    external_scale = False


class Int8WeightPerTensorFloat(_Quantizer):
    scaling_impl_type = ScalingImplType.STATS
    narrow_range = True


class Int8WeightPerChannelFloat(Int8WeightPerTensorFloat):
    scaling_per_output_channel = True


class Int8BiasPerTensorFloatInternalScaling(_Quantizer):
    scaling_impl_type = ScalingImplType.STATS


class IntBias(_Quantizer):
    external_scale = True
    bit_width = None


class Int8Bias(IntBias):
    bit_width = 8


class Int8ActPerTensorFloat(_Quantizer):
    scaling_impl_type = ScalingImplType.PARAMETER_FROM_STATS


class Uint8ActPerTensorFloat(Int8ActPerTensorFloat):
    signed = False


class Int8ActPerTensorFloatMinMaxInit(_Quantizer):
    scaling_impl_type = ScalingImplType.PARAMETER


class Uint8ActPerTensorFloatMaxInit(Int8ActPerTensorFloatMinMaxInit):
    signed = False
    min_val = 0.0


class SignedBinaryWeightPerTensorConst(_Quantizer):
    quant_type = QuantType.BINARY
    bit_width = 1
    scaling_impl_type = ScalingImplType.CONST
    scaling_const = 0.1


class SignedBinaryActPerTensorConst(_Quantizer):
    quant_type = QuantType.BINARY
    bit_width = 1
    scaling_impl_type = ScalingImplType.CONST
    min_val = -1.0
    max_val = 1.0


class SignedTernaryWeightPerTensorConst(_Quantizer):
    bit_width = 2
    narrow_range = True
    scaling_impl_type = ScalingImplType.CONST
    scaling_const = 0.1
