"""What each fill bears of the charges of its contract note."""

from collections.abc import Iterable, Mapping

from core.charges.charges import Charges
from core.charges.plans import UPSTOX, Plan
from core.charges.shares import shares
from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.trading.fills import Fill, FillId, in_order
from core.trading.ledger import trades


def charges_by_fill(
    fills: Iterable[Fill], instruments: Mapping[InstrumentKey, Instrument], plan: Plan = UPSTOX
) -> dict[FillId, Charges]:
    """To the paisa; needs all fills of the days it is asked for, since a note rounds as a whole.

    Without those that cannot be told: of contracts not in `instruments`, and all of them where the
    tables have no rates for a day.
    """
    known = [fill for fill in in_order(fills) if _is_known(fill, instruments)]
    try:
        found = shares(trades(known, instruments), plan=plan).trades
    except RuleBroken:
        return {}
    return {fill.id: charges for fill, charges in zip(known, found, strict=True)}


def _is_known(fill: Fill, instruments: Mapping[InstrumentKey, Instrument]) -> bool:
    try:
        return bool(trades([fill], instruments))
    except BadData:
        return False
