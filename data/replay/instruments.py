"""The instruments of a recorded day: the broker's where they are listed yet, else made."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from core.analytics.chain_day import ChainDay
from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments import contract_terms, recorded
from core.instruments.instrument import Instrument, InstrumentFilter, Kind, Right
from core.ports.repositories import InstrumentRepository
from data.replay.recording import Keys

SIDES = ((Kind.CALL, Right.CALL), (Kind.PUT, Right.PUT))


@dataclass(slots=True)
class DayInstruments:
    """Fills the `InstrumentRepository`: of options only the recorded chains, of the rest all that
    the broker lists today."""

    listed: InstrumentRepository
    day: date
    opened_at: datetime
    made: dict[InstrumentKey, Instrument] = field(default_factory=dict)
    chains: dict[tuple[str, date], list[Instrument]] = field(default_factory=dict)
    future_of: dict[str, list[Instrument]] = field(default_factory=dict)
    roots: dict[str, Instrument] = field(default_factory=dict)

    async def take(self, day: ChainDay) -> tuple[Instrument, Keys, Instrument | None]:
        """Make the contracts of a chain; its underlying, its keys and its future.

        Raises RuleBroken for contracts of a share that are listed no more: no rule tells their lot.
        """
        root = await self.underlying(day.symbol) or _index(day.symbol)
        if root is None:
            raise BadData(f"nothing is known of “{day.symbol}”, which options are recorded of")
        self.roots[day.symbol], self.made[root.key] = root, root
        known = {
            (each.kind, each.strike): each
            for each in await self.listed.options(day.symbol, day.expiry)
        }
        sides: list[tuple[InstrumentKey | None, ...]] = []
        options = []
        for kind, right in SIDES:
            side = []
            for strike in map(float, day.strikes):
                each = known.get((kind, strike))
                if each is None:  # listed no more: by the rules of its day
                    made = recorded.option(day.symbol, day.expiry, right, strike, day.day)
                    each = replace(made, underlying_key=root.key)
                self.made[each.key] = each
                options.append(each)
                side.append(each.key)
            sides.append(tuple(side))
        self.chains[day.symbol, day.expiry] = sorted(
            options, key=lambda each: (each.strike or 0.0, each.kind is Kind.PUT)
        )
        return root, (sides[0], sides[1]), await self._future(day)

    async def _future(self, day: ChainDay) -> Instrument | None:
        """The future that the chain was recorded with, where it can be told which it was."""
        if not (day.future > 0).any():
            return None
        as_of = await self.listed.as_of()
        for each in await self.listed.futures(day.symbol):
            if each.expiry is None or each.expiry < day.expiry:
                continue
            same_month = (each.expiry.year, each.expiry.month) == (
                day.expiry.year,
                day.expiry.month,
            )
            if same_month or (as_of is not None and as_of.date() <= day.expiry):
                held = self.future_of.setdefault(day.symbol, [])
                if each not in held:
                    held.append(each)
                self.made[each.key] = each
                return each
            return None
        return None

    async def replace(self, instruments: Sequence[Instrument], as_of: datetime) -> None:
        raise BadData("a recorded day keeps its instruments")

    async def warm(self) -> None:
        await self.listed.warm()

    async def as_of(self) -> datetime | None:
        return self.opened_at

    async def count(self) -> int:
        return len(self.made) + await self.listed.count()

    async def get(self, key: InstrumentKey) -> Instrument | None:
        return self.made.get(key) or await self.listed.get(key)

    async def get_many(self, keys: Sequence[InstrumentKey]) -> dict[InstrumentKey, Instrument]:
        ours = {key: self.made[key] for key in keys if key in self.made}
        others = [key for key in keys if key not in ours]
        return {**ours, **(await self.listed.get_many(others) if others else {})}

    async def search(
        self, text: str, *, where: InstrumentFilter | None = None, limit: int = 50
    ) -> list[Instrument]:
        """The day's own first, then what has no end and was listed then too."""
        words = text.upper().split()
        ours = [
            each
            for each in self.made.values()
            if all(word in f"{each.symbol} {each.name} {each.key}".upper() for word in words)
            and _passes(each, where)
        ]
        rest = await self.listed.search(text, where=where, limit=limit)
        lasting = [each for each in rest if each.expiry is None and each.key not in self.made]
        return [*sorted(ours, key=_by_expiry), *lasting][:limit]

    async def underlyings(self) -> list[str]:
        return sorted({symbol for symbol, _ in self.chains})

    async def underlying(self, symbol: str) -> Instrument | None:
        return self.roots.get(symbol) or await self.listed.underlying(symbol)

    async def expiries(self, symbol: str) -> list[date]:
        return sorted(expiry for name, expiry in self.chains if name == symbol)

    async def options(self, symbol: str, expiry: date) -> list[Instrument]:
        return self.chains.get((symbol, expiry), [])

    async def futures(self, symbol: str) -> list[Instrument]:
        return sorted(self.future_of.get(symbol, []), key=_by_expiry)


def _index(symbol: str) -> Instrument | None:
    terms = contract_terms.INDICES.get(symbol)
    if terms is None:
        return None
    return Instrument(
        key=terms.key,
        segment=f"{terms.exchange}_INDEX",
        exchange=terms.exchange,
        symbol=symbol,
        name=terms.name,
        kind=Kind.INDEX,
        series="INDEX",
        lot_size=0,
        tick_size=Decimal("0.05"),
    )


def _passes(each: Instrument, where: InstrumentFilter | None) -> bool:
    if where is None:
        return True
    return (
        (not where.segments or each.segment in where.segments)
        and (not where.kinds or each.kind in where.kinds)
        and (not where.underlying_symbol or each.underlying_symbol == where.underlying_symbol)
        and (where.expiry is None or each.expiry == where.expiry)
    )


def _by_expiry(each: Instrument) -> tuple[date, str]:
    return each.expiry or date.min, each.symbol
