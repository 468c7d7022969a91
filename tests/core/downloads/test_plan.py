"""Plans: written down and read again."""

from datetime import date

import pytest

from core.downloads.plan import Plan, What, is_expired
from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Interval

NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")


def test_a_plan_reads_as_it_was_written() -> None:
    plan = Plan(
        what=What.EXPIRED,
        keys=(NIFTY,),
        names=("NIFTY é",),
        interval=Interval.parse("5m"),
        expiry=date(2026, 11, 17),
        again=True,
    )
    assert Plan.from_json(plan.to_json()) == plan
    assert plan.title == "NIFTY é expiry 17 Nov 2026 · 5m"


def test_many_instruments_have_a_short_title() -> None:
    keys = tuple(InstrumentKey(f"NSE_FO|{n}") for n in range(5))
    day = date(2026, 11, 2)
    plan = Plan(what=What.CANDLES, keys=keys, names=tuple("ABCDE"), first=day, last=day)
    assert plan.title == "A, B, C and 2 more · 1m · 02 Nov 2026"


@pytest.mark.parametrize("text", ["", "{}", '{"what": "all"}', "[1]", "null"])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(BadData, match="cannot be read"):
        Plan.from_json(text)


def test_a_span_needs_both_ends_in_order() -> None:
    for first, last in ((None, None), (date(2026, 1, 2), date(2026, 1, 1))):
        with pytest.raises(BadData, match="first and its last day"):
            _ = Plan(what=What.CANDLES, keys=(NIFTY,), first=first, last=last).span


def test_keys_of_expired_contracts_carry_their_expiry() -> None:
    assert is_expired(InstrumentKey("NSE_FO|47983|17-11-2026"))
    assert not is_expired(InstrumentKey("NSE_FO|47983"))
