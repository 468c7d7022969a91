"""Which trades are shown: by period, underlying, setup, tag and words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.journal.notes import TradeNote
from core.journal.tax import FinancialYear
from core.journal.trades import Trade

ANY: Final = ""
PERIODS: Final = {
    "1": "Today",
    "7": "7 days",
    "30": "30 days",
    "90": "90 days",
    "year": "Financial year",
    ANY: "All days",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Empty means "any"; `first` and `last` are days (IST) on which a trade was closed, or is
    still open."""

    first: date | None = None
    last: date | None = None
    underlying: str = ANY
    setup: str = ANY
    tag: str = ANY
    text: str = ANY

    def passes(self, trade: Trade, note: TradeNote | None, today: date) -> bool:
        return (
            self._within(trade.day or today)
            and self.underlying in (ANY, *underlyings([trade]))
            and self.setup in (ANY, note.setup if note else ANY)
            and self.tag in (ANY, *(note.tags if note else ()))
            and self._worded(trade, note)
        )

    def _within(self, day: date) -> bool:
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    def _worded(self, trade: Trade, note: TradeNote | None) -> bool:
        if not self.text.strip():
            return True
        words = [trade.title, trade.id, *(each.symbol for each in trade.contracts)]
        words += [note.setup, *note.tags, note.note] if note else []
        told = " ".join(words).casefold()
        return all(word in told for word in self.text.casefold().split())


def period(name: str, today: date) -> tuple[date | None, date | None]:
    """First and last day of a named period."""
    if name == "year":
        return FinancialYear.of(today).first, today
    if name.isdecimal():
        return today - timedelta(days=int(name) - 1), today
    return None, None


def underlyings(trades: Iterable[Trade]) -> list[str]:
    names = {each.underlying_symbol or each.symbol for t in trades for each in t.contracts}
    return sorted(names)


def setups(notes: Iterable[TradeNote]) -> list[str]:
    return sorted({note.setup for note in notes if note.setup}, key=str.casefold)


def tags(notes: Iterable[TradeNote]) -> list[str]:
    return sorted({tag for note in notes for tag in note.tags}, key=str.casefold)
