"""Brevitas 0.6's quantisers as plain PyTorch, with as few passes over memory as a careful author would write.

Rounding is half to even with an identity gradient, and scales get the gradients that Brevitas's own graphs give them.
"""

import torch
from torch import nn


class _WeightQuantize(torch.autograd.Function):
    """Signed, narrow, one scale per tensor: scale = max|w| / (2^(bits - 1) - 1) at every call."""

    @staticmethod
    def forward(ctx, weight, levels):
        magnitude = weight.abs()
        largest = magnitude.max()
        scale = torch.clamp(largest / levels, min=1e-30)
        scaled = weight / scale
        rounded = torch.round(scaled)
        ctx.save_for_backward(scaled, rounded, torch.sign(weight) * (magnitude == largest))
        ctx.levels = levels
        return rounded * scale

    @staticmethod
    def backward(ctx, gradient):
        scaled, rounded, extremes = ctx.saved_tensors
        of_scale = (gradient * (rounded - scaled)).sum()
        return gradient + extremes * (of_scale / ctx.levels / extremes.abs().sum()), None


class _ActivationQuantize(torch.autograd.Function):
    """Clamp to [lowest, highest] * scale with scale = |threshold| / steps, then round."""

    @staticmethod
    def forward(ctx, x, threshold, lowest, highest, steps):
        scale = threshold.abs() / steps
        scaled = x / scale
        rounded = torch.round(torch.clamp(scaled, lowest, highest))
        ctx.save_for_backward(scaled, rounded, threshold)
        ctx.limits = (lowest, highest, steps)
        return rounded * scale

    @staticmethod
    def backward(ctx, gradient):
        scaled, rounded, threshold = ctx.saved_tensors
        lowest, highest, steps = ctx.limits
        # An unsigned quantiser is also the ReLU, whose gradient at 0 is 0.
        above = scaled > lowest if lowest == 0 else scaled >= lowest
        inside = above & (scaled <= highest)
        of_x = gradient * inside
        of_scale = (gradient * rounded).sum() - (of_x * scaled).sum()
        return of_x, of_scale * torch.sign(threshold) / steps, None, None, None


class ActivationQuantizer(nn.Module):
    """A learned threshold. Brevitas's first 30 calls, which take it from the batch, are left out: they are slower."""

    def __init__(self, bits, signed, threshold, learned=True):
        super().__init__()
        self.limits = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        self.steps = -self.limits[0] if signed else self.limits[1]
        self.threshold = nn.Parameter(torch.tensor(float(threshold)), requires_grad=learned)

    def forward(self, x):
        return _ActivationQuantize.apply(x, self.threshold, *self.limits, self.steps)

    def scale(self):
        return self.threshold.abs() / self.steps


def quantize_weight(weight, bits):
    return _WeightQuantize.apply(weight, 2 ** (bits - 1) - 1)


def weight_scale(weight, bits):
    return weight.abs().max() / (2 ** (bits - 1) - 1)


def quantize_bias(bias, scale):
    """`IntBias`: whole multiples of input scale times weight scale."""
    scaled = bias / scale
    return (scaled + (torch.round(scaled) - scaled).detach()) * scale
