"""Holidays and hours as a broker's calendar tells them."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeHours:
    """One exchange's session of one day."""

    exchange: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    day: date
    description: str
    kind: str
    closed: tuple[str, ...]  # exchanges without a normal session
    open: tuple[ExchangeHours, ...]  # exchanges with special hours
