"""What people call instruments, found among those of the day."""

from collections.abc import Iterable
from datetime import date

from core.downloads.plan import Plan
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind
from core.ports.market_data import ExpiredContracts
from core.ports.repositories import InstrumentRepository


async def named(instruments: InstrumentRepository, name: str) -> Instrument:
    """By key, as an underlying, or by symbol; raises RuleBroken for what is not listed."""
    text = name.strip()
    found = await instruments.get(InstrumentKey(text)) if "|" in text else None
    found = found or await instruments.underlying(text.upper())
    if found is None:
        same = [
            each
            for each in await instruments.search(text, limit=20)
            if each.symbol.upper() == text.upper()
        ]
        found = min(same, key=_rank, default=None)
    if found is None:
        raise RuleBroken(f"There is no instrument called “{text}” today.")
    return found


async def named_plan(instruments: InstrumentRepository, plan: Plan, names: Iterable[str]) -> Plan:
    """The plan with its instruments filled in, each once."""
    found = {each.key: each for each in [await named(instruments, name) for name in names]}
    return Plan(
        what=plan.what,
        keys=tuple(found),
        names=tuple(each.symbol for each in found.values()),
        interval=plan.interval,
        first=plan.first,
        last=plan.last,
        expiry=plan.expiry,
        again=plan.again,
    )


async def expired_on(
    expired: ExpiredContracts, underlying: InstrumentKey, expiry: date | None
) -> date:
    """That expiry if it is served, or the newest one; raises RuleBroken where there is none."""
    served = await expired.expiries(underlying)
    if not served:
        raise RuleBroken("The broker has no expired contracts of this underlying.")
    if expiry is not None and expiry not in served:
        raise RuleBroken(
            f"The broker has no expiry {expiry:%d %b %Y}; the newest are "
            + ", ".join(f"{each:%d %b %Y}" for each in served[-4:])
            + "."
        )
    return expiry or served[-1]


def _rank(each: Instrument) -> tuple[bool, bool, str]:
    """Indices before shares before contracts, NSE before BSE."""
    return each.kind not in (Kind.INDEX, Kind.EQUITY), each.exchange != "NSE", each.key
