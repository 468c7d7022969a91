from dataclasses import replace

import pytest

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.instrument import (
    Kind,
    exchange_of,
    has_open_interest,
    is_traded,
    strike_text,
)
from tests.fake_universe import universe


@pytest.mark.parametrize(
    ("strike", "text"), [(24200.0, "24200"), (102.5, "102.5"), (0.25, "0.25"), (1000.0, "1000")]
)
def test_a_strike_is_written_shortest(strike: float, text: str):
    assert strike_text(strike) == text


def test_calls_and_puts_are_options_and_nothing_else_is():
    some = universe()[0]
    assert {kind for kind in Kind if replace(some, kind=kind).is_option} == {Kind.CALL, Kind.PUT}


def test_an_index_is_not_traded_and_only_contracts_have_open_interest():
    kinds = {i.kind: (is_traded(i.key), has_open_interest(i.key)) for i in universe()}
    assert kinds[Kind.INDEX] == (False, False)
    assert kinds[Kind.EQUITY] == (True, False)
    assert kinds[Kind.FUTURE] == kinds[Kind.CALL] == kinds[Kind.PUT] == (True, True)


def test_the_segment_of_a_key_says_whose_contract_it_is():
    assert {exchange_of(i.key) for i in universe() if i.exchange == "NSE"} == {"NSE"}
    assert exchange_of(InstrumentKey("BSE_FO|876543")) == "BSE"
    assert exchange_of(InstrumentKey("BSE_INDEX|SENSEX")) == "BSE"
    assert exchange_of(InstrumentKey("NCD_FO|1")) == "NSE"
    for unknown in ("", "24200", "XYZ_FO|1"):
        with pytest.raises(BadData, match="segment"):
            exchange_of(InstrumentKey(unknown))
