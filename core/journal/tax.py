"""What a year's round trips come to for tax: turnover, results and charges by kind of income.

The desk adds up; what is owed, and by which form, is for the taxpayer and their accountant.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from core.charges.charges import Charges
from core.charges.rates import Segment
from core.charges.shares import total_of
from core.dated import in_force
from core.journal.books import Trip


@dataclass(frozen=True, slots=True, kw_only=True)
class FinancialYear:
    """1 April of `starts` to 31 March of the year after."""

    starts: int

    @property
    def name(self) -> str:
        return f"{self.starts}-{(self.starts + 1) % 100:02}"

    @property
    def first(self) -> date:
        return date(self.starts, 4, 1)

    @property
    def last(self) -> date:
        return date(self.starts + 1, 3, 31)

    @classmethod
    def of(cls, day: date) -> "FinancialYear":
        return cls(starts=day.year if day.month >= 4 else day.year - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnoverRule:
    """In force from the financial year that begins on `start`; `with_premium` adds what sold
    options brought in, on top of the differences."""

    start: date
    with_premium: bool
    words: str
    source: str


TURNOVER: Final = (
    TurnoverRule(
        start=date(2014, 4, 1),
        with_premium=True,
        words="sum of favourable and unfavourable differences, and the premium of sold options",
        source="ICAI Guidance Note on Tax Audit u/s 44AB, 2014 edition, para 5.11",
    ),
    TurnoverRule(
        start=date(2021, 4, 1),
        with_premium=False,
        words="sum of favourable and unfavourable differences (absolute profit of each round trip)",
        source="ICAI Guidance Note on Tax Audit u/s 44AB, 2022 edition (AY 2022-23 on), "
        "para 5.14 (b); read in secondary sources",
    ),
)
HEADINGS: Final = {
    Segment.OPTION: "Business income, not speculative",
    Segment.FUTURE: "Business income, not speculative",
    Segment.EQUITY_INTRADAY: "Speculative business income",
    Segment.EQUITY_DELIVERY: "Capital gains, or business income",
}
"""As usually filed: derivatives on an exchange are not speculative (section 43 (5) (d) of the Act
of 1961; the Act of 2025, in force from April 2026, renumbers it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentYear:
    """Rupees of one segment: `turnover` by the year's rule, of delivered shares what they were sold
    for."""

    segment: Segment
    trips: int
    gains: Decimal
    losses: Decimal
    turnover: Decimal
    charges: Charges

    @property
    def gross(self) -> Decimal:
        return self.gains + self.losses

    @property
    def net(self) -> Decimal:
        return self.gross - self.charges.total


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxYear:
    year: FinancialYear
    rule: TurnoverRule
    segments: tuple[SegmentYear, ...]

    @property
    def charges(self) -> Charges:
        return total_of([each.charges for each in self.segments])

    @property
    def turnover(self) -> Decimal:
        """Of futures and options."""
        own = (each.turnover for each in self.segments if each.segment.is_derivative)
        return sum(own, Decimal(0))

    @property
    def gross(self) -> Decimal:
        return sum((each.gross for each in self.segments), Decimal(0))

    @property
    def net(self) -> Decimal:
        return self.gross - self.charges.total


def years(trips: Iterable[Trip]) -> list[FinancialYear]:
    """In which something was closed, the newest first."""
    found = {FinancialYear.of(trip.day).starts for trip in trips}
    return [FinancialYear(starts=each) for each in sorted(found, reverse=True)]


def tax_year(trips: Iterable[Trip], year: FinancialYear) -> TaxYear:
    """Of the round trips that were closed in a year; raises RuleBroken for a year before the first
    rule."""
    rule = in_force(TURNOVER, year.first, "rule of turnover")
    own = [trip for trip in trips if year.first <= trip.day <= year.last]
    found = [
        _segment(segment, [trip for trip in own if trip.segment is segment], rule)
        for segment in Segment
        if any(trip.segment is segment for trip in own)
    ]
    return TaxYear(year=year, rule=rule, segments=tuple(found))


def _segment(segment: Segment, trips: list[Trip], rule: TurnoverRule) -> SegmentYear:
    profits = [trip.profit for trip in trips]
    return SegmentYear(
        segment=segment,
        trips=len(trips),
        gains=sum((each for each in profits if each > 0), Decimal(0)),
        losses=sum((each for each in profits if each < 0), Decimal(0)),
        turnover=sum((_turnover(trip, rule) for trip in trips), Decimal(0)),
        charges=total_of([trip.charges for trip in trips]),
    )


def _turnover(trip: Trip, rule: TurnoverRule) -> Decimal:
    units, sold_first = abs(trip.trip.quantity), trip.trip.quantity < 0
    got = units * (trip.trip.entry if sold_first else trip.trip.exit)
    if trip.segment is Segment.EQUITY_DELIVERY:
        return got
    premium = got if rule.with_premium and trip.segment is Segment.OPTION else Decimal(0)
    return abs(trip.profit) + premium
