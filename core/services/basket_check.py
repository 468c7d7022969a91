"""What the gate would say of every leg, if all legs before it were filled."""

from collections.abc import Iterable
from dataclasses import replace

from core.errors import RuleBroken
from core.instruments.instrument import Instrument
from core.risk import checks
from core.risk.exposure import Stake
from core.services.risk_gate import RiskGate
from core.state.trading import TradingState
from core.trading.baskets import Basket, Leg

Known = tuple[Leg, Instrument]


async def refusals(gate: RiskGate, state: TradingState, basket: Basket) -> list[str]:
    """Why the basket may not be sent, leg by leg; empty when it may."""
    found: list[str] = []
    before: list[Known] = []
    for at in (at for stage in basket.stages for at in stage):
        leg = basket.legs[at]
        try:
            known = leg, await gate.know(leg.request.key)
        except RuleBroken as problem:
            found.append(f"{leg.title}: {problem}")
            continue
        found += [f"{leg.title}: {why}" for why in _of_leg(gate, state, known, before)]
        before.append(known)
    return found


async def warnings(gate: RiskGate, basket: Basket) -> list[str]:
    """What the user should know before he sends it, each once."""
    found: dict[str, None] = {}
    for leg in basket.legs:
        await gate.know(leg.request.key)
        found |= dict.fromkeys(f"{leg.title}: {each}" for each in gate.warnings(leg.request))
    return list(found)


def _of_leg(gate: RiskGate, state: TradingState, mine: Known, before: list[Known]) -> list[str]:
    leg, instrument = mine
    request, now = leg.request, gate.situation(leg.request)
    held = list(now.before)
    for earlier, contract in before:
        held = _with(held, contract, held_units=earlier.request.signed)
    same = (e.request for e, _ in before if _holding(e) == _holding(leg))
    then = replace(
        now,
        held=now.held + sum(each.signed for each in same),
        before=held,
        after=_with(
            held, instrument, buying=max(request.signed, 0), selling=max(-request.signed, 0)
        ),
        alike=(),
        orders_today=now.orders_today + len(before),
    )
    found = checks.refusals(request, then, state.limits)
    if leg.closes and not checks.reduces(request, then):
        found.insert(0, "it would do more than close what is held and not being closed already")
    return found


def _holding(leg: Leg) -> tuple[str, str]:
    return leg.request.key, leg.request.product


def _with(
    stakes: Iterable[Stake],
    instrument: Instrument,
    *,
    held_units: int = 0,
    buying: int = 0,
    selling: int = 0,
) -> list[Stake]:
    """What is open, with more of one contract held or ordered."""
    found = {stake.instrument.key: stake for stake in stakes}
    had = found.get(instrument.key, Stake(instrument=instrument, held=0))
    found[instrument.key] = replace(
        had,
        held=had.held + held_units,
        buying=had.buying + buying,
        selling=had.selling + selling,
    )
    return list(found.values())
