"""Trades, round trips and a tax year as rows of a file."""

from collections.abc import Iterable, Mapping
from typing import Final

from core.charges.charges import HEADS
from core.journal.books import Trip
from core.journal.notes import TradeNote
from core.journal.tax import HEADINGS, TaxYear
from core.journal.trades import Trade
from ui.journal.lines import HEAD_NAMES, r_of

CHARGES: Final = tuple(f"{HEAD_NAMES[name]} (₹)" for name in HEADS)
TRADE_HEADS: Final = (
    *("Trade", "Opened (IST)", "Closed (IST)", "Title", "Underlying", "Direction"),
    *("Units opened", "Gross (₹)", "Charges (₹)", "Net (₹)", "Setup", "Tags", "At risk (₹)"),
    *("R", "Note"),
)
TRIP_HEADS: Final = (
    *("Round trip", "Segment", "Contract", "Underlying", "Exchange", "Expiry", "Product"),
    *("Units (below 0: sold first)", "Opened (IST)", "Closed (IST)", "Entry (₹)", "Exit (₹)"),
    *("Settled at expiry", "Gross (₹)", *CHARGES, "All charges (₹)", "Net (₹)", "Group"),
)
YEAR_HEADS: Final = (
    *("Financial year", "Segment", "Usually filed as", "Round trips", "Gains (₹)", "Losses (₹)"),
    *("Turnover (₹)", *CHARGES, "All charges (₹)", "Net (₹)", "Rule of turnover", "Source"),
)
Rows = list[list[object]]


def trade_rows(trades: Iterable[Trade], notes: Mapping[str, TradeNote]) -> Rows:
    found: Rows = []
    for trade in trades:
        note = notes.get(trade.id)
        ratio = r_of(trade, note)
        found.append(
            [
                trade.id,
                trade.opened_at,
                trade.closed_at,
                trade.title,
                trade.underlying,
                trade.direction,
                trade.units,
                trade.profit,
                trade.charges.total,
                trade.net,
                note.setup if note else "",
                ", ".join(note.tags) if note else "",
                note.risk if note and note.risk else None,
                round(ratio, 2) if ratio is not None else None,
                note.note if note else "",
            ]
        )
    return found


def trip_rows(trips: Iterable[Trip]) -> Rows:
    return [
        [
            trip.id,
            str(trip.segment),
            trip.contract.symbol,
            trip.underlying,
            trip.contract.exchange,
            trip.contract.expiry,
            str(trip.trip.product),
            trip.trip.quantity,
            trip.trip.opened_at,
            trip.trip.closed_at,
            trip.trip.entry,
            trip.trip.exit,
            "yes" if trip.trip.expired else "",
            trip.profit,
            *(getattr(trip.charges, name) for name in HEADS),
            trip.charges.total,
            trip.net,
            trip.origin.group,
        ]
        for trip in trips
    ]


def year_rows(year: TaxYear) -> Rows:
    rows: Rows = [
        [
            year.year.name,
            str(each.segment),
            HEADINGS[each.segment],
            each.trips,
            each.gains,
            each.losses,
            each.turnover,
            *(getattr(each.charges, name) for name in HEADS),
            each.charges.total,
            each.net,
            year.rule.words,
            year.rule.source,
        ]
        for each in year.segments
    ]
    charges = [getattr(year.charges, name) for name in HEADS]
    total: list[object] = [
        year.year.name, "all", "", sum(each.trips for each in year.segments),
        sum(each.gains for each in year.segments), sum(each.losses for each in year.segments),
        year.turnover, *charges, year.charges.total, year.net,
        "turnover of futures and options alone", "",
    ]  # fmt: skip
    return [*rows, total]
