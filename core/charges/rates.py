"""Rates of taxes and fees, each a dated row with its source; money here is Decimal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.dated import in_force
from core.errors import RuleBroken


class Segment(StrEnum):
    OPTION = "option"
    FUTURE = "future"
    EQUITY_INTRADAY = "equity intraday"
    EQUITY_DELIVERY = "equity delivery"

    @property
    def is_derivative(self) -> bool:
        return self in (Segment.OPTION, Segment.FUTURE)


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True, slots=True)
class Rate:
    """In force from `start` until the next row; `value` is a fraction of the turnover."""

    start: date
    value: Decimal
    source: str


Rows = tuple[Rate, ...]
NOTHING: Final = Decimal(0)


def _percent(text: str) -> Decimal:
    return Decimal(text) / 100


def _per_crore(text: str) -> Decimal:
    return Decimal(text) / 10_000_000


_APR_2023, _OCT_2024 = date(2023, 4, 1), date(2024, 10, 1)
KNOWN_SINCE: Final = _OCT_2024
"""From this day on every rate is in these tables. Of an earlier day a replay or a backtest takes
this day's, and says so."""
_MAR_2026, _APR_2026 = date(2026, 3, 1), date(2026, 4, 1)
_ACT_2023 = "Finance Act 2023"
_ACT_2024 = "Finance (No. 2) Act 2024"
_ACT_2026 = "Finance Act 2026, circular NSE/FATAX/73524"
_OLDER = "in force on this day, older rows not entered"
_FLAT_FEES = "NSE circular of 27 Sep 2024: one rate for all members"
_SPLIT = "circular NSE/FA/73061"
_BSE = "BSE notice of 27 Sep 2024"

STT: Final[Mapping[Segment, Rows]] = {
    Segment.OPTION: (
        Rate(_APR_2023, _percent("0.0625"), _ACT_2023),
        Rate(_OCT_2024, _percent("0.1"), _ACT_2024),
        Rate(_APR_2026, _percent("0.15"), _ACT_2026),
    ),
    Segment.FUTURE: (
        Rate(_APR_2023, _percent("0.0125"), _ACT_2023),
        Rate(_OCT_2024, _percent("0.02"), _ACT_2024),
        Rate(_APR_2026, _percent("0.05"), _ACT_2026),
    ),
    Segment.EQUITY_INTRADAY: (Rate(_APR_2023, _percent("0.025"), _OLDER),),
    Segment.EQUITY_DELIVERY: (Rate(_APR_2023, _percent("0.1"), _OLDER),),
}
"""Securities transaction tax; the seller pays it, of delivered shares both."""

EXERCISE_STT: Final[Rows] = (
    Rate(_APR_2023, _percent("0.125"), _OLDER),
    Rate(_APR_2026, _percent("0.15"), _ACT_2026),
)
"""Of the intrinsic value of an option exercised at expiry; its holder pays it."""

NSE_TRANSACTION: Final[Mapping[Segment, Rows]] = {
    Segment.OPTION: (
        Rate(_OCT_2024, _per_crore("3503"), _FLAT_FEES),
        Rate(_MAR_2026, _per_crore("3552"), _SPLIT),
    ),
    Segment.FUTURE: (
        Rate(_OCT_2024, _per_crore("173"), _FLAT_FEES),
        Rate(_MAR_2026, _per_crore("182.99"), _SPLIT),
    ),
    Segment.EQUITY_INTRADAY: (
        Rate(_OCT_2024, _per_crore("297"), _FLAT_FEES),
        Rate(_MAR_2026, _per_crore("306.99"), _SPLIT),
    ),
    Segment.EQUITY_DELIVERY: (
        Rate(_OCT_2024, _per_crore("297"), _FLAT_FEES),
        Rate(_MAR_2026, _per_crore("306.99"), _SPLIT),
    ),
}
"""Exchange fee of each side. Before October 2024 it depended on the member's turnover."""

_NSE_IPFT_LINEAR: Final[Rows] = (
    Rate(_OCT_2024, _per_crore("10"), _FLAT_FEES),
    Rate(_MAR_2026, _per_crore("0.01"), _SPLIT),
)
NSE_IPFT: Final[Mapping[Segment, Rows]] = {
    Segment.OPTION: (
        Rate(_OCT_2024, _per_crore("50"), _FLAT_FEES),
        Rate(_MAR_2026, _per_crore("1"), _SPLIT),
    ),
    Segment.FUTURE: _NSE_IPFT_LINEAR,
    Segment.EQUITY_INTRADAY: _NSE_IPFT_LINEAR,
    Segment.EQUITY_DELIVERY: _NSE_IPFT_LINEAR,
}
"""Investor protection fund, each side."""

_BSE_FREE: Final[Rows] = (Rate(_OCT_2024, NOTHING, _BSE),)
_BSE_SHARES: Final[Rows] = (Rate(_OCT_2024, _per_crore("375"), f"{_BSE}; groups A and B"),)
BSE_TRANSACTION: Final[Mapping[Segment, Rows]] = {
    Segment.OPTION: (Rate(_OCT_2024, _per_crore("500"), _BSE),),
    Segment.FUTURE: _BSE_FREE,
    Segment.EQUITY_INTRADAY: _BSE_SHARES,
    Segment.EQUITY_DELIVERY: _BSE_SHARES,
}
_BSE_MAIN: Final[Rows] = (Rate(_OCT_2024, _per_crore("3250"), _BSE),)
BSE_OPTIONS: Final[Mapping[str, Rows]] = {
    "SENSEX": _BSE_MAIN,
    "BANKEX": _BSE_MAIN,
    "FOCIT": (Rate(date(2026, 5, 11), NOTHING, "BSE notice at the listing of FOCIT"),),
}
"""By underlying, where it differs from `BSE_TRANSACTION`. The BSE takes no IPFT."""

SEBI: Final[Rows] = (Rate(_APR_2023, _per_crore("10"), _OLDER),)
"""The regulator's fee, each side."""

STAMP: Final[Mapping[Segment, Rows]] = {
    segment: (Rate(date(2020, 7, 1), _percent(text), "Indian Stamp Act as of 1 Jul 2020"),)
    for segment, text in (
        (Segment.OPTION, "0.003"),
        (Segment.FUTURE, "0.002"),
        (Segment.EQUITY_INTRADAY, "0.003"),
        (Segment.EQUITY_DELIVERY, "0.015"),
    )
}
"""Stamp duty; the buyer pays it."""

GST: Final[Rows] = (Rate(date(2017, 7, 1), _percent("18"), "GST Act, services"),)
"""Of brokerage, transaction fee, IPFT and SEBI fee together."""


def stt(segment: Segment, side: Side, day: date) -> Decimal:
    if side is Side.BUY and segment is not Segment.EQUITY_DELIVERY:
        return NOTHING
    return stt_row(segment, day).value


def stt_row(segment: Segment, day: date) -> Rate:
    return in_force(STT[segment], day, f"STT of {segment} trades")


def exercise_stt(day: date) -> Decimal:
    return in_force(EXERCISE_STT, day, "STT of exercised options").value


def transaction(exchange: str, segment: Segment, underlying: str, day: date) -> Decimal:
    """The exchange's fee, a fraction of the turnover; of options, of the premium."""
    return transaction_row(exchange, segment, underlying, day).value


def transaction_row(exchange: str, segment: Segment, underlying: str, day: date) -> Rate:
    if exchange == "NSE":
        rows = NSE_TRANSACTION[segment]
    elif exchange == "BSE":
        rows = BSE_TRANSACTION[segment]
        if segment is Segment.OPTION:
            rows = BSE_OPTIONS.get(underlying, rows)
    else:
        raise RuleBroken(f"the desk knows no charges of the exchange {exchange or '–'}")
    return in_force(rows, day, f"transaction fee of the {exchange}")


def ipft(exchange: str, segment: Segment, day: date) -> Decimal:
    if exchange != "NSE":
        return NOTHING
    return ipft_row(segment, day).value


def ipft_row(segment: Segment, day: date) -> Rate:
    """The NSE's; the BSE takes none."""
    return in_force(NSE_IPFT[segment], day, "investor protection fee")


def sebi(day: date) -> Decimal:
    return sebi_row(day).value


def sebi_row(day: date) -> Rate:
    return in_force(SEBI, day, "SEBI fee")


def stamp(segment: Segment, side: Side, day: date) -> Decimal:
    if side is Side.SELL:
        return NOTHING
    return stamp_row(segment, day).value


def stamp_row(segment: Segment, day: date) -> Rate:
    return in_force(STAMP[segment], day, "stamp duty")


def gst(day: date) -> Decimal:
    return gst_row(day).value


def gst_row(day: date) -> Rate:
    return in_force(GST, day, "GST")
