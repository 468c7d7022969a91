"""The margin calculator: what is asked, what is understood, what is refused before asking."""

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.clock import FollowedClock
from core.errors import (
    AppError,
    BadData,
    BrokerRejected,
    BrokerUnavailable,
    LoginNeeded,
    RuleBroken,
)
from core.ids import InstrumentKey
from core.ports.margin import BasketLeg, BasketMargin, Product
from core.settings import Upstox
from core.state.health import BrokerHealth
from core.state.session import Login, SessionState
from data.brokers.upstox.auth import UpstoxLogin, tell_session
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.margin import UpstoxMargin
from data.brokers.upstox.market_data import UpstoxMarketData
from data.brokers.upstox.token_store import TokenStore
from data.exchange_process import demo_settings
from tests.data.brokers.upstox.parts import Broker, Parts, bad, good, page
from tests.exchange import start_exchange

NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
CALL, PUT = InstrumentKey("NSE_FO|1"), InstrumentKey("NSE_FO|2")
SHORT = BasketLeg(key=CALL, quantity=-65, price=150.0)
LONG = BasketLeg(key=PUT, quantity=130)


def leg(**other: Any) -> dict[str, Any]:
    names = ("span_margin", "exposure_margin", "equity_margin", "net_buy_premium")
    zero = dict.fromkeys((*names, "additional_margin", "total_margin", "tender_margin"), 0.0)
    return zero | other


ANSWER = {
    "margins": [
        leg(span_margin=118450.0, exposure_margin=33852.0, total_margin=152302.0),
        leg(net_buy_premium=9496.5, total_margin=9496.5),
    ],
    "required_margin": 161798.5,
    "final_margin": 58210.25,
}


def asking(home: Path, *answers: httpx.Response) -> tuple[UpstoxMargin, Parts, Broker]:
    broker = Broker(*answers)
    parts = Parts(home, broker)
    return UpstoxMargin(parts.http), parts, broker


def sent(broker: Broker) -> list[dict[str, Any]]:
    legs: list[dict[str, Any]] = json.loads(broker.asked[-1].content)["instruments"]
    return legs


async def test_a_basket_is_asked_for_in_the_brokers_words(tmp_path: Path) -> None:
    margin, _, broker = asking(tmp_path, good(ANSWER))
    found = await margin.basket([SHORT, LONG])
    request = broker.asked[0]
    assert (request.method, request.url.path) == ("POST", "/v2/charges/margin")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer token-of-today"
    assert sent(broker) == [
        {
            "instrument_key": CALL,
            "quantity": 65,
            "product": "D",
            "transaction_type": "SELL",
            "price": 150.0,
        },
        {"instrument_key": PUT, "quantity": 130, "product": "D", "transaction_type": "BUY"},
    ]
    assert (found.required, found.final) == (Decimal("161798.5"), Decimal("58210.25"))
    assert found.benefit == Decimal("103588.25")
    assert [(one.key, one.total) for one in found.legs] == [
        (CALL, Decimal(152302)),
        (PUT, Decimal("9496.5")),
    ]
    assert found.legs[0].span + found.legs[0].exposure == found.legs[0].total


async def test_the_documented_answer_is_understood(tmp_path: Path) -> None:
    path = Path(__file__).parents[4].parent / "shared/reference/upstox-samples/post-margin.json"
    if not path.is_file():
        pytest.skip("../shared is not here")
    margin, _, _ = asking(tmp_path, good(json.loads(path.read_text())["data"]))
    assert (await margin.basket([SHORT, LONG])).final == Decimal("58210.25")


async def test_legs_of_one_contract_are_netted(tmp_path: Path) -> None:
    one = ANSWER | {"margins": ANSWER["margins"][:1]}  # type: ignore[index]
    margin, _, broker = asking(tmp_path, good(one))
    cheap = BasketLeg(key=CALL, quantity=-130, price=165.0, product=Product.INTRADAY)
    await margin.basket(
        [BasketLeg(key=CALL, quantity=-65, price=150.0, product=cheap.product), cheap]
    )
    assert [(leg["quantity"], leg["price"], leg["product"]) for leg in sent(broker)] == [
        (195, 160.0, "I")
    ]
    back = BasketLeg(key=PUT, quantity=-130, price=9.0)
    await margin.basket([LONG, SHORT, back])
    assert [leg["instrument_key"] for leg in sent(broker)] == [CALL], "what cancels is not asked"
    await margin.basket([SHORT, BasketLeg(key=CALL, quantity=130, price=100.0)])
    assert "price" not in sent(broker)[0], "a price of what is partly closed says nothing"


@pytest.mark.parametrize(
    ("legs", "words"),
    [
        ([], "nothing is left"),
        ([LONG, BasketLeg(key=PUT, quantity=-130)], "nothing is left"),
        ([SHORT, BasketLeg(key=CALL, quantity=65, product=Product.INTRADAY)], "both intraday"),
        (
            [BasketLeg(key=InstrumentKey(f"NSE_FO|{i}"), quantity=65) for i in range(21)],
            "20 contracts, not 21",
        ),
    ],
)
async def test_what_the_broker_cannot_take_is_not_asked(
    tmp_path: Path, legs: list[BasketLeg], words: str
) -> None:
    margin, _, broker = asking(tmp_path, good(ANSWER))
    with pytest.raises(RuleBroken, match=words):
        await margin.basket(legs)
    assert broker.asked == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (bad(400, "UDAPI1097", "The 'quantity' is wrong"), BrokerRejected),
        (bad(401, "UDAPI100050"), LoginNeeded),
        (good(ANSWER | {"final_margin": None}), BadData),
        (good(ANSWER | {"final_margin": -1.0}), BadData),
        (good(ANSWER | {"margins": []}), BadData),
        (page(502), BrokerUnavailable),
    ],
)
async def test_what_goes_wrong_has_a_name(
    tmp_path: Path, answer: httpx.Response, error: type[AppError]
) -> None:
    margin, parts, _ = asking(tmp_path, answer)
    with pytest.raises(error):
        await margin.basket([SHORT, LONG])
    assert (parts.health.bad_data["margin"] > 0) == (error is BadData)


async def test_a_passing_failure_is_asked_again_since_nothing_was_changed(tmp_path: Path) -> None:
    margin, _, broker = asking(tmp_path, bad(503), good(ANSWER))
    assert isinstance(await margin.basket([SHORT, LONG]), BasketMargin)
    assert len(broker.asked) == 2


def clock_of(url: str) -> FollowedClock:
    clock, told = FollowedClock(), httpx.get(f"{url}/sim/clock", trust_env=False).json()
    clock.follow(datetime.fromisoformat(told["now"]), told["speed"])
    return clock


async def test_the_exchange_margins_a_spread_with_its_hedge(tmp_path: Path) -> None:
    with start_exchange() as url:
        clock, session = clock_of(url), SessionState()
        tokens = TokenStore(tmp_path, "simulated", use_keyring=False)
        http = UpstoxHttp(demo_settings(Upstox(), url), tokens, clock, BrokerHealth())
        await UpstoxLogin(http, tokens, clock, tell_session(session), automatic=True).auto_login()
        data, margin = UpstoxMarketData(http), UpstoxMargin(http)
        expiry = min(one.expiry for one in await data.contracts(NIFTY) if one.expiry)
        calls = [side for side in (await data.chain(NIFTY, expiry)).calls if side is not None]
        short, long = calls[len(calls) // 2], calls[len(calls) // 2 + 4]
        sold = BasketLeg(key=short.key, quantity=-65)
        found = await margin.basket([sold, BasketLeg(key=long.key, quantity=65)])
        with pytest.raises(BrokerRejected, match="multiple of the lot size"):
            await margin.basket([replace(sold, quantity=-66)])
        await http.close()
    assert [leg.key for leg in found.legs] == [short.key, long.key]
    assert found.required == sum(leg.total for leg in found.legs)
    assert 20_000 < found.final < found.required / 2
    assert session.login is Login.OK
