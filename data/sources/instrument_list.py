"""The broker's lists of instruments: the whole file of a day (gzip JSON), or one reply's contracts.

What can be traded is told by the broker every morning, so a file never replaces it: it is kept as a
table of that day, with the lots, ticks and keys that belonged to contracts now gone.
"""

from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final

from pydantic import ValidationError

from core.errors import BadData
from core.instruments.instrument import Instrument
from core.ports.exports import Table
from core.ports.imports import Home
from data.brokers.upstox import mapping
from data.brokers.upstox.instruments_file import parse
from data.brokers.upstox.schemas import ContractData
from data.sources.found import SAMPLE, Found, plural
from data.sources.reference import table_name
from data.sources.sheet import Complaints

HEADS: Final = (
    *("Instrument key", "Segment", "Symbol", "Name", "Kind", "Expiry", "Strike (₹)"),
    *("Lot (units)", "Tick (₹)", "Freeze (units)", "Underlying"),
)


def fits_contracts(whole: Any) -> bool:
    rows = _rows(whole)
    return bool(rows) and isinstance(rows[0], dict) and "instrument_key" in rows[0]


def read_contracts(name: str, whole: Any) -> Found:
    try:
        listed = [mapping.contract(ContractData.model_validate(row)) for row in _rows(whole)]
    except ValidationError as problem:
        raise BadData(f"{name} is no list of contracts: {problem.errors()[0]['msg']}") from problem
    return _found("Contracts of the broker, recorded reply", name, listed, ())


def fits_file(name: str, packed: bytes) -> bool:
    """By its packing: the list is the only JSON array that comes so."""
    return packed[:2] == b"\x1f\x8b" and ".json" in name


def read_file(name: str, packed: bytes) -> Found:
    """Raises BadData for a list that is not whole."""
    listed, skipped, bad = parse(BytesIO(packed))
    notes = [f"{plural(skipped.total(), 'record')} of kinds that the desk does not know"]
    if bad:
        notes.append(f"{plural(bad, 'record')} not as documented")
    return _found("The broker's instruments of a day", name, listed, notes)


def _found(title: str, name: str, listed: Iterable[Instrument], notes: Iterable[str]) -> Found:
    rows = [_row(each) for each in listed]
    kinds = Counter(str(row[4]) for row in rows)
    words = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(4))
    return Found(
        title=title,
        source="file",
        home=Home.REFERENCE,
        makes=f"the table “{table_name(name)}”, {plural(len(rows), 'instrument')}: {words}",
        rows=len(rows),
        heads=HEADS,
        sample=[["" if v is None else str(v) for v in row] for row in rows[:SAMPLE]],
        complaints=Complaints(),
        notes=(*notes, "a table only: what is traded today is told by the broker every morning"),
        reference=Table(name=table_name(name), heads=HEADS, rows=rows),
    )


def _row(each: Instrument) -> list[object]:
    return [
        each.key,
        each.segment,
        each.symbol,
        each.name,
        str(each.kind),
        each.expiry,
        each.strike,
        each.lot_size,
        each.tick_size,
        each.freeze_quantity,
        each.underlying_symbol,
    ]


def _rows(whole: Any) -> list[Any]:
    reply = whole.get("response", whole) if isinstance(whole, dict) else {}
    rows = reply.get("data", []) if isinstance(reply, dict) else []
    return rows if isinstance(rows, list) else []
