"""The enumerations that quantisers are described by."""

from enum import Enum


class ScalingImplType(Enum):
    STATS = "stats"
    PARAMETER = "parameter"
    PARAMETER_FROM_STATS = "parameter_from_stats"
    CONST = "const"


class FloatToIntImplType(Enum):
    ROUND = "round"
    FLOOR = "floor"
    CEIL = "ceil"
    ROUND_TO_ZERO = "round_to_zero"


class QuantType(Enum):
    INT = "int"
    BINARY = "binary"
    TERNARY = "ternary"


class StatsOp(Enum):
    MAX = "max"
    PERCENTILE = "percentile"
