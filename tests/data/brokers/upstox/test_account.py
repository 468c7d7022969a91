"""The account over a scripted network, on the documented payloads."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.errors import BadData, BrokerRejected, BrokerUnavailable
from core.ids import InstrumentKey
from core.ports.account import Conversion, SegmentState
from core.trading.requests import Product, Side
from data.brokers.upstox.account import UpstoxAccount
from tests.data.brokers.upstox.parts import Broker, Parts, bad, good, page

SAMPLES = Path(__file__).parents[5] / "shared" / "reference" / "upstox-samples"
SHARE = InstrumentKey("NSE_EQ|INE062A01020")
CONVERSION = Conversion(
    key=SHARE, side=Side.BUY, quantity=20, before=Product.INTRADAY, after=Product.DELIVERY
)


def sample(name: str) -> Any:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("../shared is not here")
    return json.loads(path.read_text())["data"]


def door(home: Path, answer: httpx.Response) -> tuple[UpstoxAccount, Broker]:
    network = Broker(answer)
    return UpstoxAccount(Parts(home, network).http), network


async def test_a_conversion_says_what_is_held_how_it_is_and_how_it_shall_be(
    tmp_path: Path,
) -> None:
    account, network = door(tmp_path, good(sample("put-convert-position.json")))
    await account.convert(CONVERSION)
    (sent,) = network.asked
    assert (sent.method, sent.url.path) == ("PUT", "/v2/portfolio/convert-position")
    assert json.loads(sent.content) == {
        "instrument_token": SHARE,
        "transaction_type": "BUY",
        "quantity": 20,
        "old_product": "I",
        "new_product": "D",
    }


async def test_a_conversion_is_asked_once_whatever_comes_back(tmp_path: Path) -> None:
    account, network = door(tmp_path, page(503))
    with pytest.raises(BrokerUnavailable):
        await account.convert(CONVERSION)
    assert len(network.asked) == 1
    refused, _ = door(tmp_path, bad(400, "UDAPI1035", "not so many"))
    with pytest.raises(BrokerRejected, match="not so many"):
        await refused.convert(CONVERSION)


async def test_segments_are_told_and_switched_together(tmp_path: Path) -> None:
    account, network = door(tmp_path, good(sample("get-kill-switch.json")))
    told = await account.segments()
    assert told[0] == SegmentState(segment="NSE_EQ", active=True, stopped=False)
    assert [each.segment for each in told if not each.active] == ["BCD_FO", "NSE_COM"]
    await account.switch(["NSE_FO", "BSE_FO"], stop=True)
    sent = network.asked[-1]
    assert (sent.method, sent.url.path) == ("POST", "/v2/user/kill-switch")
    assert json.loads(sent.content) == [
        {"segment": "NSE_FO", "action": "DISABLE"},
        {"segment": "BSE_FO", "action": "DISABLE"},
    ]
    await account.switch(["NSE_FO"], stop=False)
    assert json.loads(network.asked[-1].content) == [{"segment": "NSE_FO", "action": "ENABLE"}]


async def test_the_registered_addresses_and_since_when(tmp_path: Path) -> None:
    account, _ = door(tmp_path, good(sample("get-user-ip.json")))
    told = await account.addresses()
    assert (told.primary, told.secondary) == ("203.0.113.10", "203.0.113.11")
    assert told.primary_since == datetime(2026, 11, 2, 4, 35, 31, tzinfo=UTC)
    bare, _ = door(tmp_path, good({"primary_ip": None}))
    assert (await bare.addresses()).primary == ""


async def test_the_money_is_told_in_lines_with_their_totals(tmp_path: Path) -> None:
    account, _ = door(tmp_path, good(sample("get-funds-margin-v3.json")))
    told = await account.funds()
    assert (told.available, told.used) == (Decimal("476789.65"), Decimal("48210.35"))
    lines = {line.name: line for line in told.lines}
    assert lines["SPAN and exposure"].amount == Decimal("40375.5")
    assert lines["Losses"].amount == Decimal("1250.5")
    assert lines["Margin from pledged shares"].level == 0
    assert lines["Profit not yet settled"].amount == 820
    parts = ("SPAN and exposure", "Premium", "Shares (VaR and ELM)", "Delivery", "Losses")
    assert sum(lines[each].amount for each in parts) == lines["Margin used"].amount


async def test_shares_are_told_with_their_close(tmp_path: Path) -> None:
    account, _ = door(tmp_path, good(sample("get-holdings.json")))
    (held,) = await account.shares()
    assert (held.key, held.symbol, held.quantity) == (SHARE, "SBIN", 40)
    assert (held.average_price, held.close) == (Decimal(780), Decimal("844.1"))
    assert held.haircut == Decimal("0.2")


async def test_shares_on_borrowed_money(tmp_path: Path) -> None:
    account, network = door(tmp_path, good(sample("get-mtf-positions.json")))
    (held,) = await account.borrowed()
    assert (held.product, held.quantity, held.average_price) == (Product.MTF, 20, Decimal(842))
    assert network.asked[0].url.path == "/v3/portfolio/mtf-positions"


async def test_answers_that_cannot_be_are_bad_data(tmp_path: Path) -> None:
    bodies: tuple[Any, ...] = ([{"segment": "moon"}], {"equity": {}}, None)
    for body in bodies:
        account, _ = door(tmp_path, good(body))
        for call in (account.segments, account.addresses, account.funds, account.shares):
            if not (call == account.addresses and body == {"equity": {}}):
                with pytest.raises(BadData):
                    await call()
