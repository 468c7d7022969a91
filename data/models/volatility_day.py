"""Implied volatility by session as rows."""

from datetime import date
from math import isfinite, nan

from sqlmodel import Field

from core.analytics.volatility_days import VolatilityDay, VolatilitySource
from core.errors import BadData
from data.db.types import Day
from data.models.base import Row

NUMBERS = ("iv30", "iv_near", "forward", "spot")


class VolatilityDayRow(Row, table=True):
    __tablename__ = "volatility_days"

    symbol: str = Field(primary_key=True)
    day: date = Field(primary_key=True, sa_type=Day)
    iv30: float | None
    iv_near: float | None
    forward: float | None
    spot: float | None
    source: str

    @classmethod
    def from_domain(cls, each: VolatilityDay) -> "VolatilityDayRow":
        numbers = {name: getattr(each, name) for name in NUMBERS}
        return cls(
            symbol=each.symbol,
            day=each.day,
            source=each.source.name.lower(),
            **{name: value if isfinite(value) else None for name, value in numbers.items()},
        )

    def to_domain(self) -> VolatilityDay:
        numbers = {name: getattr(self, name) for name in NUMBERS}
        return VolatilityDay(
            symbol=self.symbol,
            day=self.day,
            source=_source(self.source),
            **{name: nan if value is None else value for name, value in numbers.items()},
        )


def _source(name: str) -> VolatilitySource:
    try:
        return VolatilitySource[name.upper()]
    except KeyError:
        raise BadData(f"a volatility of unknown source: {name}") from None
