"""Orders good till triggered as lines of a table."""

from datetime import date
from typing import Final

from core.clock import IST
from core.instruments.instrument import Instrument
from core.trading.gtt import Gtt, GttStatus
from core.trading.requests import Source
from ui.components.long_table import Act, Line, LongColumn, Shown
from ui.gtt import words
from ui.orders.words import PRODUCTS, SIDE_TONES, SOURCES, lots
from ui.theme import formats

COLUMNS: Final = (
    LongColumn(name="time", title="Placed", classes="num", width="112px"),
    LongColumn(name="contract", title="Contract", classes="strong", width="minmax(150px, 1.2fr)"),
    LongColumn(name="side", title="Side", classes="side", width="42px"),
    LongColumn(name="lots", title="Lots", classes="num right", width="38px", roomy=True),
    LongColumn(name="quantity", title="Qty", classes="num right", width="58px"),
    LongColumn(name="type", title="Kind", width="62px"),
    LongColumn(name="product", title="Prod", classes="dim", width="50px", roomy=True),
    LongColumn(
        name="price",
        title="Trigger, target, stop",
        classes="num",
        width="minmax(250px, 2.2fr)",
        tip="As the broker has it now: a trailing stop moves",
    ),
    LongColumn(name="ltp", title="LTP", classes="num right dim", width="70px"),
    LongColumn(
        name="away",
        title="Away",
        classes="num right dim",
        width="62px",
        tip="From the last price to the entry's trigger, while it waits",
        roomy=True,
    ),
    LongColumn(name="status", title="Status", width="minmax(110px, 1fr)", kind="chip"),
    LongColumn(name="until", title="Until", classes="num dim", width="84px", roomy=True),
    LongColumn(name="source", title="Source", classes="dim", width="66px", roomy=True),
    LongColumn(name="acts", title="", width="64px", kind="acts"),
)
MODIFY: Final[Act] = ("modify", "edit", "Change prices or size", "")
CANCEL: Final[Act] = ("cancel", "close", "End it, with its orders that still work", "stop")
ASK: Final[Act] = ("ask", "refresh", "Read the broker's list now", "")
WAIT: Final[Act] = ("wait", "hourglass_empty", "Waiting for the answer", "busy")


def gtt_line(
    gtt: Gtt,
    listed: Instrument | None,
    *,
    today: date,
    ltp: float,
    busy: bool = False,
    other: Gtt | None = None,
) -> Line:
    """`other` is the second half of a pair; `busy` while an answer is awaited."""
    terms, name = gtt.terms, listed.symbol if listed else gtt.request.key
    placed = gtt.placed_at.astimezone(IST)
    day = "" if placed.date() == today else f"{formats.short_day(placed.date())} "
    last = words.last_day(gtt, listed)
    return Line(
        (
            (f"{day}{formats.clock_time(placed)}", "", formats.ist(placed), ""),
            (name, "", name if listed else f"{name} is not listed today", ""),
            (terms.side.upper(), SIDE_TONES[terms.side], "", ""),
            lots(terms.quantity, listed),
            formats.quantity(terms.quantity),
            words.KINDS[gtt.kind],
            PRODUCTS[terms.product],
            (words.rules(terms), "", words.rules(terms), ""),
            formats.price(ltp) if not gtt.status.is_final else "",
            _away(gtt, ltp),
            _status(gtt, other),
            (_short(last), "", formats.day(last), ""),
            SOURCES.get(gtt.request.source, SOURCES[Source.HUMAN]),
            ((WAIT,) if busy else _acts(gtt), "", "", ""),
        ),
        _looks(gtt),
    )


def _away(gtt: Gtt, ltp: float) -> str:
    price = float(gtt.terms.entry.price)
    waits = gtt.status in (GttStatus.WAITING, GttStatus.ACCEPTED)
    return formats.signed_percent(price / ltp - 1, 1) if waits and ltp > 0 else ""


def _short(last: date | None) -> str:
    return last.strftime("%d %b %y") if last else formats.DASH


def _status(gtt: Gtt, other: Gtt | None) -> Shown:
    chip, tone = words.CHIPS[gtt.status]
    note = words.note(gtt, other)
    told = str(gtt.status).capitalize()
    return chip, tone, f"{told}: {note}" if note else told, note


def _acts(gtt: Gtt) -> tuple[Act, ...]:
    if gtt.status.is_working:
        return (MODIFY, CANCEL) if gtt.broker_id else (CANCEL,)
    return () if gtt.status.is_final else (ASK, CANCEL)


def _looks(gtt: Gtt) -> str:
    if gtt.status is GttStatus.UNKNOWN:
        return "unknown"
    return "over" if gtt.status.is_final else "working"
