"""Trades, statistics, years and entries of the journal as lines of tables."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from math import inf, isfinite
from typing import Final

from core.charges.charges import HEADS, Charges
from core.clock import IST
from core.journal.books import Trip
from core.journal.notes import TradeNote
from core.journal.statistics import Statistics
from core.journal.tax import HEADINGS, SegmentYear, TaxYear
from core.journal.trades import Trade
from core.trading.journal import Kind, Sealed
from ui.components.data_table import Cell, Column, Row
from ui.theme import formats

HEAD_NAMES: Final = {
    "brokerage": "Brokerage",
    "stt": "STT",
    "transaction": "Transaction fee",
    "ipft": "IPFT",
    "sebi": "SEBI fee",
    "stamp": "Stamp duty",
    "gst": "GST",
}
MONEY: Final = "num"
TRADES: Final = (
    Column(name="opened", title="Opened", classes="num left", width="104px"),
    Column(name="closed", title="Closed", classes="num left wide-only", width="66px"),
    Column(name="title", title="Trade", classes="strong"),
    Column(name="way", title="", classes="dim wide-only", width="56px"),
    Column(name="units", title="Units", classes="num wide-only", width="54px"),
    Column(name="setup", title="Setup and tags", classes="dim wide-only", width="21%"),
    Column(name="gross", title="Gross", classes="num wide-only", width="96px"),
    Column(name="charges", title="Charges", classes="num wide-only", width="82px"),
    Column(name="net", title="Net", classes="num", width="96px", tip="After charges, realised"),
    Column(
        name="r",
        title="R",
        classes="num wide-only",
        width="52px",
        tip="Net over the rupees at risk, where you wrote them down",
    ),
    Column(name="held", title="Held", classes="num wide-only", width="74px"),
)
TRIPS: Final = (
    Column(name="contract", title="Contract", classes="strong"),
    Column(name="units", title="Units", classes="num", width="54px"),
    Column(name="entry", title="Entry", classes="num", width="72px"),
    Column(name="exit", title="Exit", classes="num", width="78px"),
    Column(name="net", title="Net", classes="num", width="88px"),
)
GROUPS: Final = (
    Column(name="name", title="", classes="strong"),
    Column(name="trades", title="Trades", classes="num", width="58px"),
    Column(name="rate", title="Win rate", classes="num", width="70px"),
    Column(name="factor", title="Factor", classes="num", width="58px", tip="Gains over losses"),
    Column(name="expectancy", title="Expectancy", classes="num wide-only", width="92px"),
    Column(name="win", title="Ø win", classes="num wide-only", width="88px"),
    Column(name="loss", title="Ø loss", classes="num wide-only", width="88px"),
    Column(name="best", title="Best", classes="num wide-only", width="88px"),
    Column(name="worst", title="Worst", classes="num wide-only", width="88px"),
    Column(name="r", title="R", classes="num wide-only", width="52px"),
    Column(name="net", title="Net", classes="num", width="96px"),
)
SEGMENTS: Final = (
    Column(name="segment", title="Segment", classes="strong"),
    Column(name="heading", title="Usually filed as", classes="dim wide-only"),
    Column(name="trips", title="Trips", classes="num wide-only", width="56px"),
    Column(name="gains", title="Gains", classes="num wide-only", width="112px"),
    Column(name="losses", title="Losses", classes="num wide-only", width="112px"),
    Column(name="turnover", title="Turnover", classes="num", width="112px"),
    Column(name="stt", title="STT", classes="num wide-only", width="92px"),
    Column(name="charges", title="All charges", classes="num wide-only", width="100px"),
    Column(name="net", title="Net", classes="num", width="112px"),
)
ENTRIES: Final = (
    Column(name="number", title="No.", classes="num", width="58px"),
    Column(name="at", title="IST", classes="num left", width="118px"),
    Column(name="kind", title="Kind", classes="dim wide-only", width="94px"),
    Column(name="text", title="Entry"),
    Column(name="of", title="Belongs to", classes="num left dim wide-only", width="168px"),
)
KINDS: Final = {"": "Every kind", **{str(kind): str(kind).capitalize() for kind in Kind}}


def tone(amount: Decimal | float) -> str:
    return "up" if amount > 0 else "down" if amount < 0 else ""


def money(amount: Decimal | float | None) -> str:
    """Rupees with their sign, to the paisa."""
    return formats.signed(None if amount is None else float(amount))


def stamp(at: datetime | None) -> str:
    """`21 Nov 10:15`, in IST."""
    return formats.DASH if at is None else at.astimezone(IST).strftime("%d %b %H:%M")


def charge_words(charges: Charges) -> str:
    """All heads in one line, for a tooltip."""
    heads = (f"{HEAD_NAMES[n]} {formats.price(float(getattr(charges, n)))}" for n in HEADS)
    return " · ".join(heads)


def r_of(trade: Trade, note: TradeNote | None) -> float | None:
    risk = note.risk if note else None
    return float(trade.net / risk) if risk and trade.is_closed else None


def trade_row(trade: Trade, note: TradeNote | None) -> Row:
    words = [note.setup] if note and note.setup else []
    words += [f"#{tag}" for tag in note.tags] if note else []
    if note and note.note:
        words.append("✎")
    held = trade.held
    told = note.note if note and note.note else ""
    return Row(
        trade.id,
        (
            Cell(stamp(trade.opened_at)),
            Cell(_closed(trade), "" if trade.is_closed else "accent", formats.ist(trade.closed_at)),
            Cell(trade.title, tip=", ".join(each.symbol for each in trade.contracts)),
            Cell(trade.direction),
            Cell(formats.quantity(trade.units)),
            Cell(" ".join(words), tip=told),
            Cell(money(trade.profit), tone(trade.profit)),
            Cell(formats.price(float(trade.charges.total)), tip=charge_words(trade.charges)),
            Cell(money(trade.net), f"{tone(trade.net)} strong"),
            Cell(formats.signed(r_of(trade, note), 1)),
            Cell(formats.duration(held.total_seconds()) if held else formats.DASH),
        ),
    )  # fmt: skip


def _closed(trade: Trade) -> str:
    """The hour on the day on which it was opened, else the day; or how much of it is open."""
    if trade.closed_at is None:
        return f"open {sum(abs(each.lot.quantity) for each in trade.open)}"
    closed, opened = trade.closed_at.astimezone(IST), trade.opened_at.astimezone(IST)
    return f"{closed:%H:%M}" if closed.date() == opened.date() else f"{closed:%d %b}"


def trip_row(trip: Trip) -> Row:
    return Row(
        trip.id,
        (
            Cell(trip.contract.symbol),
            formats.quantity(trip.trip.quantity),
            Cell(formats.price(float(trip.trip.entry)), tip=formats.ist(trip.trip.opened_at)),
            Cell(
                formats.price(float(trip.trip.exit)) + (" ex" if trip.trip.expired else ""),
                tip=formats.ist(trip.trip.closed_at)
                + (", settled at its end" if trip.trip.expired else ""),
            ),
            Cell(
                money(trip.net),
                tone(trip.net),
                tip=f"{money(trip.profit)} less {float(trip.charges.total):.2f}: "
                + charge_words(trip.charges),
            ),
        ),
    )


def factor(value: float) -> str:
    """Gains over losses; ∞ without a loss."""
    return "∞" if value == inf else formats.price(value)


def group_row(name: str, each: Statistics) -> Row:
    def whole(value: Decimal | float) -> str:
        return formats.signed(float(value), 0)

    return Row(
        name,
        (
            Cell(name),
            formats.quantity(each.trades),
            formats.percent(each.win_rate, 0),
            factor(each.profit_factor),
            whole(each.expectancy),
            whole(each.average_win),
            whole(each.average_loss),
            whole(each.largest_win) if each.wins else formats.DASH,
            whole(each.largest_loss) if each.losses else formats.DASH,
            Cell(formats.signed(each.r, 2), tip=f"of {each.r_trades} trades with a known risk"),
            Cell(money(each.net), f"{tone(each.net)} strong"),
        ),
    )


def segment_row(each: SegmentYear) -> Row:
    def amount(value: Decimal) -> str:
        return formats.price(float(value))

    return Row(
        each.segment,
        (
            Cell(str(each.segment).capitalize()),
            HEADINGS[each.segment],
            formats.quantity(each.trips),
            Cell(amount(each.gains), "up" if each.gains else ""),
            Cell(amount(each.losses), "down" if each.losses else ""),
            amount(each.turnover),
            amount(each.charges.stt),
            Cell(amount(each.charges.total), tip=charge_words(each.charges)),
            Cell(money(each.net), f"{tone(each.net)} strong"),
        ),
    )


def head_rows(year: TaxYear) -> list[Row]:
    """Charges by kind, over all segments."""
    rows = [
        Row(name, (HEAD_NAMES[name], formats.price(float(getattr(year.charges, name)))))
        for name in HEADS
    ]
    total = Cell(formats.price(float(year.charges.total)), "strong")
    return [*rows, Row("total", (Cell("All charges", "strong"), total))]


def entry_row(sealed: Sealed) -> Row:
    entry = sealed.entry
    return Row(
        str(sealed.number),
        (
            formats.quantity(sealed.number),
            Cell(entry.at.astimezone(IST).strftime("%d %b %H:%M:%S"), tip=formats.ist(entry.at)),
            str(entry.kind),
            Cell(entry.text, tip=facts_words(sealed)),
            Cell(entry.correlation),
        ),
    )


def facts_words(sealed: Sealed) -> str:
    known = {name: value for name, value in sealed.entry.facts.items() if value not in ("", None)}
    return " · ".join(f"{name} {_fact(value)}" for name, value in known.items())


def _fact(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def ratio(value: float, digits: int = 2) -> str:
    return formats.price(value, digits) if isfinite(value) else formats.DASH


def summed(trades: Iterable[Trade]) -> tuple[Decimal, Decimal, Decimal]:
    """Gross, charges and net."""
    every: Sequence[Trade] = list(trades)
    gross = sum((each.profit for each in every), Decimal(0))
    charges = sum((each.charges.total for each in every), Decimal(0))
    return gross, charges, gross - charges
