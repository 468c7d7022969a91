"""The values that a sweep tries of a parameter."""

from typing import Any, Final

from core.errors import RuleBroken
from core.strategies.strategy import Parameter

MOST: Final = 5_000
"""Combinations that one sweep may try."""
FIRST_TRIED: Final = 8


def can_vary(parameter: Parameter) -> bool:
    number = isinstance(parameter.default, (int, float)) and not isinstance(parameter.default, bool)
    return bool(parameter.choices) or number


def first_range(parameter: Parameter) -> tuple[float, float, float]:
    """Low, high and step that are offered first: around the default, in few steps."""
    default = float(parameter.default)
    low, high = sorted((default / 2, default * 2)) if default else (0.0, float(FIRST_TRIED))
    if isinstance(parameter.default, int):
        low, high = float(int(low)), float(int(high))
    low = low if parameter.low is None else max(low, parameter.low)
    high = high if parameter.high is None else min(high, parameter.high)
    high = max(low, high)
    step = parameter.step or (1.0 if isinstance(parameter.default, int) else (high - low) / 8)
    step = step or 1.0
    few = max(step, (high - low) / FIRST_TRIED)
    return low, high, round(few / step) * step


def values(parameter: Parameter, low: float, high: float, step: float) -> tuple[Any, ...]:
    """From `low` to `high`, both included; raises RuleBroken for a range without values."""
    if not step > 0:
        raise RuleBroken(f"{parameter.title}: the step has to be more than 0.")
    if high < low:
        raise RuleBroken(f"{parameter.title}: the range ends below its beginning.")
    count = int((high - low) / step + 1e-9) + 1
    if count > MOST:
        raise RuleBroken(f"{parameter.title}: {count:,} values are more than {MOST:,}.")
    found = [low + i * step for i in range(count)]
    if isinstance(parameter.default, int):
        return tuple(dict.fromkeys(round(value) for value in found))
    return tuple(round(value, 10) for value in found)
