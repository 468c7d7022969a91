"""Files that traders have, told apart by what is in them, shown first and loaded whole."""

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

from core.errors import BadData, RuleBroken
from core.instruments.calendar import MarketCalendar
from core.instruments.lots import lot_size
from core.ports.exports import Exporter
from core.ports.imports import Choice, Imported, Preview, Say
from core.ports.option_history import OptionHistory
from core.ports.repositories import CandleRepository
from data.sources import (
    bhavcopy,
    candle_file,
    cash_bhavcopy,
    instrument_list,
    nse_chain,
    option_minutes,
    reference,
    upstox_chain,
)
from data.sources.found import Found, Rules
from data.sources.reference import ReferenceFiles
from data.sources.sheet import GZIP, Sheet, content, sheet_of

SHOWN: Final = 200
"""Refused rows that a preview tells one by one."""


class FileImporter:
    """Fills the `Importer` port."""

    def __init__(
        self,
        *,
        candles: CandleRepository,
        option_history: OptionHistory,
        calendar: MarketCalendar,
        exporter: Exporter,
        home: Path,
    ) -> None:
        self._candles, self._option_history = candles, option_history
        self._reference = ReferenceFiles(home / "reference", exporter)
        self._rules = Rules(closes=calendar.close_of, lot=_lot)

    async def look(self, path: Path, choice: Choice) -> Preview:
        found = await asyncio.to_thread(read, path, choice, self._rules)
        return Preview(
            file=path.name,
            title=found.title,
            home=found.home,
            makes=found.makes,
            heads=found.heads,
            rows=found.sample,
            choice=found.choice,
            asks=found.asks,
            needs=found.needs,
            notes=found.notes,
            refused=found.complaints.first()[:SHOWN],
            refused_count=len(found.complaints),
        )

    async def load(self, path: Path, choice: Choice, say: Say) -> Imported:
        say(f"reading {path.name}", 0.0)
        found = await asyncio.to_thread(read, path, choice, self._rules)
        _check(path.name, found, choice)
        say(f"writing {found.makes}", 0.5)
        await self._write(found)
        say("done", 1.0)
        return Imported(
            file=path.name,
            home=found.home,
            made=found.makes,
            rows=found.rows,
            left_out=found.complaints.first()[:SHOWN],
            left_out_count=len(found.complaints),
        )

    async def _write(self, found: Found) -> None:
        """Candles last: one transaction for each interval, and only bhavcopies have both."""
        if found.reference is not None:
            await asyncio.to_thread(self._reference.save, found.reference)
        if found.days:
            await self._option_history.save_all(found.days, found.source)
        for interval in dict.fromkeys(interval for _, interval, _ in found.candles):
            bars = [(key, each) for key, of, each in found.candles if of == interval]
            await self._candles.upsert_many(interval, bars)


def read(path: Path, choice: Choice, rules: Rules) -> Found:
    """Blocking; raises BadData, with the file's name, for what is nothing that we know."""
    try:
        return _read(path, choice, rules)
    except BadData as problem:
        text = str(problem)
        raise BadData(text if path.name in text else f"{path.name}: {text}") from problem


def _read(path: Path, choice: Choice, rules: Rules) -> Found:
    if _is_list(path):
        return instrument_list.read_file(path.name, path.read_bytes())
    name, raw = content(path)
    if raw[:64].lstrip()[:1] in (b"{", b"["):
        return _read_json(name, nse_chain.parsed(name, raw), choice, rules)
    # the website's CSV has CALLS and PUTS above its heads
    sheet = sheet_of(name, raw, skip=1 if _has_banner(raw) else 0)
    for fits, read_as in _readers(name, choice, rules):
        if fits(sheet):
            return read_as(sheet)
    return candle_file.read(sheet, choice)


def _has_banner(raw: bytes) -> bool:
    return raw[:64].lstrip(b"\xef\xbb\xbf").startswith((b"CALLS", b'"CALLS'))


def _readers(
    name: str, choice: Choice, rules: Rules
) -> list[tuple[Callable[[Sheet], bool], Callable[[Sheet], Found]]]:
    return [
        (cash_bhavcopy.fits, cash_bhavcopy.read),
        (bhavcopy.fits, lambda sheet: bhavcopy.read(sheet, rules)),
        (nse_chain.fits_flat, lambda sheet: nse_chain.read_flat(name, sheet, choice, rules)),
        (nse_chain.fits_site, lambda sheet: nse_chain.read_site(name, sheet, choice, rules)),
        (option_minutes.fits, lambda sheet: option_minutes.read(sheet, choice, rules)),
        (reference.fits, lambda sheet: reference.read(name, sheet)),
    ]


def _read_json(name: str, whole: Any, choice: Choice, rules: Rules) -> Found:
    if nse_chain.fits_json(whole):
        return nse_chain.read_json(name, whole, choice, rules)
    if upstox_chain.fits(whole):
        return upstox_chain.read(name, whole, choice, rules)
    if instrument_list.fits_contracts(whole):
        return instrument_list.read_contracts(name, whole)
    raise BadData(f"{name} is JSON, but no option chain and no list of contracts")


def _is_list(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return instrument_list.fits_file(path.name, file.read(len(GZIP)))
    except OSError as problem:
        raise BadData(f"{path} cannot be read: {problem.strerror}") from problem


def _check(name: str, found: Found, choice: Choice) -> None:
    """Raises RuleBroken where something is still needed, or a row would be lost unasked."""
    if found.needs:
        raise RuleBroken(f"{name}: still needed: {', '.join(found.needs)}")
    if (count := len(found.complaints)) and not choice.leave_out:
        first = found.complaints.first()[0]
        more = f", and {count - 1:,} more" if count > 1 else ""
        raise RuleBroken(f"{name}, row {first.row:,}: {first.reason}{more}. Nothing was loaded.")
    if not found.rows:
        raise RuleBroken(f"{name}: there is nothing in it to load")


def _lot(symbol: str, expiry: date, day: date) -> int | None:
    try:
        return lot_size(symbol, expiry, day)
    except RuleBroken:
        return None
