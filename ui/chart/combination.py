"""What a chart shows in an instrument's place: legs of its chain, or it against another one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import quote, urlencode

from core.analytics.premium import Structure
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, strike_text
from core.instruments.pairs import Against
from core.ports.repositories import InstrumentRepository
from ui.addresses import day_of
from ui.components.premium_structures import RIGHTS, Chosen, Kind, parsed

STRADDLE: Final = "straddle"
"""In an address: call and put nearest the forward, chosen anew each minute."""
WORDS: Final = {Against.MINUS: "−", Against.OVER: "/"}
MOST_TIMES: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """Of the chain of `symbol` at `expiry`."""

    symbol: str
    expiry: date
    chosen: Chosen

    @property
    def structure(self) -> Structure:
        return self.chosen.structure

    @property
    def title(self) -> str:
        return f"{self.symbol} {self.chosen.title} · {self.expiry:%d %b}"

    @property
    def query(self) -> dict[str, str]:
        words = [
            f"{strike_text(leg.strike)}{RIGHTS[leg.side]}:{leg.ratio:g}" for leg in self.chosen.legs
        ]
        legs = STRADDLE if self.chosen.rolling else ",".join(words)
        return {"legs": legs, "expiry": self.expiry.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`instrument` against `other`, `times` of which are counted."""

    instrument: Instrument
    other: Instrument
    how: Against
    times: float = 1.0

    @property
    def title(self) -> str:
        times = f"{self.times:g} × " if self.times != 1 else ""
        return f"{self.instrument.symbol} {WORDS[self.how]} {times}{self.other.symbol}"

    @property
    def query(self) -> dict[str, str]:
        times = {"times": f"{self.times:g}"} if self.times != 1 else {}
        return {self.how.value: self.other.key, **times}


Combination = Legs | Pair


async def asked(
    instruments: InstrumentRepository, instrument: Instrument, query: Mapping[str, str]
) -> Combination | None:
    """What an address asks for; None where it asks for the instrument alone, or for nonsense."""
    if query.get("legs"):
        return await _legs(instruments, instrument, query)
    for how in Against:
        if other := query.get(how.value):
            found = await instruments.get(InstrumentKey(other))
            times = number(query.get("times", "")) or 1.0
            if found is not None and found.key != instrument.key:
                return Pair(instrument=instrument, other=found, how=how, times=times)
    return None


async def _legs(
    instruments: InstrumentRepository, instrument: Instrument, query: Mapping[str, str]
) -> Legs | None:
    symbol = instrument.underlying_symbol or instrument.symbol
    expiries = await instruments.expiries(symbol)
    wanted = day_of(query.get("expiry", ""))
    expiry = wanted if wanted in expiries else next(iter(expiries), None)
    chosen = chosen_of(query["legs"])
    if expiry is None or chosen is None:
        return None
    return Legs(symbol=symbol, expiry=expiry, chosen=chosen)


def chosen_of(text: str) -> Chosen | None:
    """Of `straddle`, or of legs such as `24200CE:1,24200PE:1`; None for anything else."""
    if text.strip().lower() == STRADDLE:
        return Chosen()
    legs = parsed(text.replace(" ", ""))
    if not legs or any(not leg.ratio or leg.strike <= 0 for leg in legs):
        return None
    sides = {leg.side for leg in legs}
    bought = len(legs) == 2 and len(sides) == 2 and all(leg.ratio == 1 for leg in legs)
    if bought and legs[0].side == 0:
        same = legs[0].strike == legs[1].strike
        kind = Kind.STRADDLE if same else Kind.STRANGLE
        return Chosen(kind=kind, rolling=False, legs=legs)
    return Chosen(kind=Kind.LEGS, rolling=False, legs=legs)


def number(text: str) -> float:
    """A multiple above 0; 0 for anything else."""
    try:
        found = float(text)
    except ValueError:
        return 0.0
    return found if 0 < found <= MOST_TIMES else 0.0


def address(
    key: InstrumentKey, combination: Combination | None, *, interval: str = "", at: int = 0
) -> str:
    """Where a chart of it opens."""
    query: dict[str, object] = dict(combination.query) if combination else {}
    if interval:
        query["interval"] = interval
    if at:
        query["at"] = at
    return f"/chart/{quote(key, safe='')}" + (f"?{urlencode(query)}" if query else "")
