"""Column types that read back the same from SQLite and PostgreSQL: whole numbers under the hood."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, SmallInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from core.money import rupees

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
PER_RUPEE: Final = 10_000


class UtcDateTime(TypeDecorator[datetime]):
    """Microseconds since 1970, UTC; refuses naive times."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


class Rupees(TypeDecorator[Decimal]):
    """Money as a whole number of 1/10000 ₹."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else to_steps(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else from_steps(value)


class Day(TypeDecorator[date]):
    """A day as the number that reads like it: 20260825."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> int | None:
        return None if value is None else to_day_number(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return None if value is None else from_day_number(value)


class Flag(TypeDecorator[bool]):
    """Yes or no as 1 or 0."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


def to_micros(value: datetime) -> int:
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return (value - EPOCH) // timedelta(microseconds=1)


def from_micros(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


def to_steps(value: Decimal) -> int:
    return int(rupees(value) * PER_RUPEE)


def from_steps(value: int) -> Decimal:
    return rupees(Decimal(value) / PER_RUPEE)


def to_day_number(value: date) -> int:
    return value.year * 10_000 + value.month * 100 + value.day


def from_day_number(value: int) -> date:
    return date(value // 10_000, value // 100 % 100, value % 100)
