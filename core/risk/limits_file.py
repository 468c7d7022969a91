"""Limits as they are kept: names and plain values."""

from dataclasses import fields
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from core.errors import BadData, RuleBroken
from core.risk.limits import Limits

MONEY: Final = ("order_value", "fat_finger", "day_loss", "profit_lock", "give_back")
NAMES: Final = tuple(field.name for field in fields(Limits))


def to_plain(limits: Limits) -> dict[str, object]:
    """Fit for JSON."""
    values = {name: getattr(limits, name) for name in NAMES}
    plain = {n: str(v) if isinstance(v, (Decimal, time)) else v for n, v in values.items()}
    return {**plain, "banned": list(limits.banned)}


def from_plain(kept: object) -> Limits:
    """Raises BadData for what no version of us has kept."""
    if not isinstance(kept, dict) or not set(kept) <= set(NAMES):
        raise BadData("the limits that were kept cannot be read")
    try:
        return Limits(**{name: _value(name, value) for name, value in kept.items()})
    except (ValueError, TypeError, InvalidOperation, RuleBroken) as problem:
        raise BadData(f"the limits that were kept cannot be read: {problem}") from problem


def _value(name: str, value: object) -> Any:
    if value is None:
        return None
    if name in MONEY:
        return Decimal(str(value))
    if name == "square_off_at":
        return time.fromisoformat(str(value))
    if name == "banned":
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ValueError(f"{name} is {value!r}")
        return tuple(value)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}")
    return float(value) if name == "duplicate_seconds" else int(value)


def changes(before: Limits, after: Limits) -> list[str]:
    """What is different, in words for the journal."""
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in NAMES)
    return [f"{name}: {_word(old)} → {_word(new)}" for name, old, new in pairs if old != new]


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "no limit" if value is None else str(value)
