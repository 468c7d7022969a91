"""Tables of the market pages as they are taken away: one row for each line, numbers as numbers."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import nan
from typing import Final

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.ports.exports import Table
from core.services import Services
from core.services.portfolio_picture import Line
from core.state.market import Col

QUOTED: Final = {
    "LTP (₹)": Col.LTP,
    "Previous close (₹)": Col.CLOSE,
    "Open (₹)": Col.OPEN,
    "High (₹)": Col.HIGH,
    "Low (₹)": Col.LOW,
    "Bid (₹)": Col.BID,
    "Bid quantity": Col.BID_QTY,
    "Ask (₹)": Col.ASK,
    "Ask quantity": Col.ASK_QTY,
    "Volume (units)": Col.VOLUME,
    "OI (units)": Col.OI,
}
QUOTE_HEADS: Final = ("Symbol", "Segment", *QUOTED, "Change (%)", "Instrument key")
INSTRUMENT_HEADS: Final = (
    *("Symbol", "Name", "Segment", "Kind", "Expiry", "Strike (₹)", "Lot (units)", "Tick (₹)"),
    *("Freeze (units)", "Underlying", "ISIN", "Instrument key"),
)
POSITION_HEADS: Final = (
    *("Contract", "Underlying", "Expiry", "Product", "Units", "Lots", "Average (₹)", "Last (₹)"),
    *("Day's result (₹)", "Realised (₹)", "Open (₹)", "Charges (₹)", "Net (₹)", "IV (%)"),
    *("Strategies", "Instrument key"),
)


def quotes(
    services: Services, keys: Iterable[InstrumentKey], known: Mapping[InstrumentKey, Instrument]
) -> Table:
    rows = []
    for key in keys:
        numbers = [services.market.get(key, column) for column in QUOTED.values()]
        last, close = numbers[0], numbers[1]
        change = (last / close - 1) * 100 if last > 0 and close > 0 else nan
        listed = known.get(key)
        named = [listed.symbol, listed.segment] if listed else [key, ""]
        rows.append([*named, *numbers, round(change, 4), key])
    return Table(name="Watchlist", heads=QUOTE_HEADS, rows=rows)


def instruments(found: Iterable[Instrument]) -> Table:
    rows = [
        [
            each.symbol,
            each.name,
            each.segment,
            str(each.kind),
            each.expiry,
            each.strike,
            each.lot_size,
            each.tick_size,
            each.freeze_quantity,
            each.underlying_symbol,
            each.isin,
            each.key,
        ]
        for each in found
    ]
    return Table(name="Instruments", heads=INSTRUMENT_HEADS, rows=rows)


def positions(lines: Sequence[Line]) -> Table:
    rows = [
        [
            line.title,
            line.symbol,
            line.expiry,
            str(line.product),
            line.units,
            line.lots,
            line.result.average,
            line.last,
            *(
                _paise(value)
                for value in (
                    line.result.day,
                    line.result.realised,
                    line.result.unrealised,
                    line.result.paid,
                    line.result.net,
                )
            ),
            line.iv * 100,
            ", ".join(line.strategies),
            line.key,
        ]
        for line in lines
    ]
    return Table(name="Positions", heads=POSITION_HEADS, rows=rows)


def _paise(exact: Fraction | None) -> float | None:
    """To 1/10000 ₹, as the desk keeps money; unknown stays so."""
    return None if exact is None else float(round(exact, 4))
