"""Orders good till triggered over a scripted network: what is sent, and what is understood."""

import json
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.errors import BadData, BrokerRejected, BrokerUnavailable
from core.ids import BrokerGttId, BrokerOrderId
from core.trading.gtt import Gtt, GttStatus, RuleStatus
from core.trading.gtt_terms import Role, Trigger, new_gtt_id
from core.trading.requests import AUTOMATIC, Product, Side
from data.brokers.upstox.gtt import UpstoxGtts
from data.brokers.upstox.portfolio_stream import UPDATE
from data.brokers.upstox.portfolio_stream import _ours as told_by_stream
from tests.core.trading.samples import NOW
from tests.core.trading.test_gtt import BRACKET, ENTRY, STOP, wanted
from tests.data.brokers.upstox.parts import Broker, Parts, bad, good, page

SAMPLES = Path(__file__).parents[5] / "shared" / "reference" / "upstox-samples"
ID = BrokerGttId("GTT-CU26112300000001")
BRACKET_GTT = Gtt(id=new_gtt_id(NOW), request=BRACKET, placed_at=NOW)


def sample(name: str) -> Any:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("../shared is not here")
    return json.loads(path.read_text())


def door(home: Path, *answers: httpx.Response | Exception) -> tuple[UpstoxGtts, Broker, Parts]:
    network = Broker(*answers)
    parts = Parts(home, network)
    return UpstoxGtts(parts.http), network, parts


def named(id: str = ID) -> httpx.Response:
    return good({"gtt_order_ids": [id]})


WRITES: dict[str, Callable[[UpstoxGtts], Awaitable[object]]] = {
    "place": lambda gtts: gtts.place(BRACKET_GTT),
    "modify": lambda gtts: gtts.modify(ID, BRACKET),
    "cancel": lambda gtts: gtts.cancel(ID),
}
each_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())


async def test_a_bracket_is_sent_with_all_its_rules(tmp_path: Path) -> None:
    gtts, network, _ = door(tmp_path, named())
    trailing = replace(STOP, trailing_gap=Decimal("2.5"), protection=AUTOMATIC)
    request = wanted(ENTRY, trailing, product=Product.INTRADAY)
    assert await gtts.place(replace(BRACKET_GTT, request=request)) == ID
    (sent,) = network.asked
    assert (sent.method, sent.url.path) == ("POST", "/v3/order/gtt/place")
    assert json.loads(sent.content) == {
        "type": "MULTIPLE",
        "quantity": 65,
        "product": "I",
        "instrument_token": "NSE_FO|43210",
        "transaction_type": "BUY",
        "rules": [
            {"strategy": "ENTRY", "trigger_type": "ABOVE", "trigger_price": 150.0},
            {
                "strategy": "STOPLOSS",
                "trigger_type": "IMMEDIATE",
                "trigger_price": 140.0,
                "trailing_gap": 2.5,
                "market_protection": -1,
            },
        ],
    }


async def test_a_change_names_the_number_and_says_all_rules_anew(tmp_path: Path) -> None:
    gtts, network, _ = door(tmp_path, named())
    await gtts.modify(ID, wanted(ENTRY, quantity=130))
    (sent,) = network.asked
    assert (sent.method, sent.url.path) == ("PUT", "/v3/order/gtt/modify")
    assert json.loads(sent.content) == {
        "type": "SINGLE",
        "gtt_order_id": ID,
        "quantity": 130,
        "rules": [{"strategy": "ENTRY", "trigger_type": "ABOVE", "trigger_price": 150.0}],
    }


async def test_a_cancellation_carries_the_number_in_its_body(tmp_path: Path) -> None:
    gtts, network, _ = door(tmp_path, named())
    await gtts.cancel(ID)
    (sent,) = network.asked
    assert (sent.method, sent.url.path) == ("DELETE", "/v3/order/gtt/cancel")
    assert json.loads(sent.content) == {"gtt_order_id": ID}


@each_write
@pytest.mark.parametrize("answer", [bad(429, "UDAPI10005"), bad(500), page(502), page(200)])
async def test_a_write_without_a_usable_answer_is_unknown_and_not_repeated(
    tmp_path: Path, write: Callable[[UpstoxGtts], Awaitable[object]], answer: httpx.Response
) -> None:
    gtts, network, _ = door(tmp_path, answer)
    with pytest.raises(BrokerUnavailable):
        await write(gtts)
    assert len(network.asked) == 1


@each_write
async def test_a_refusal_keeps_the_broker_s_code(
    tmp_path: Path, write: Callable[[UpstoxGtts], Awaitable[object]]
) -> None:
    gtts, _, _ = door(tmp_path, bad(400, "UDAPI1151", "the gap is too small"))
    with pytest.raises(BrokerRejected, match="gap is too small") as refused:
        await write(gtts)
    assert refused.value.code == "UDAPI1151"


@pytest.mark.parametrize("write", [WRITES["modify"], WRITES["cancel"]])
async def test_an_answer_about_another_one_says_nothing_of_this(
    tmp_path: Path, write: Callable[[UpstoxGtts], Awaitable[object]]
) -> None:
    gtts, _, _ = door(tmp_path, named("GTT-CU26112300000002"))
    with pytest.raises(BrokerUnavailable, match="another"):
        await write(gtts)


@pytest.mark.parametrize("ids", [[], ["GTT-C1", "GTT-C2"]])
async def test_one_placed_has_one_number(tmp_path: Path, ids: list[str]) -> None:
    gtts, _, _ = door(tmp_path, good({"gtt_order_ids": ids}))
    with pytest.raises(BrokerUnavailable):
        await gtts.place(BRACKET_GTT)


async def test_the_documented_list_is_understood(tmp_path: Path) -> None:
    gtts, _, _ = door(tmp_path, good(sample("get-gtt-details.json")["data"]))
    single, bracket = await gtts.all()
    assert (single.quantity, single.product, single.status) == (
        5,
        Product.DELIVERY,
        GttStatus.WAITING,
    )
    assert (single.entry.trigger, single.entry.price) == (Trigger.ABOVE, Decimal(1450))
    assert single.created_at == datetime.fromtimestamp(1_795_150_000, UTC)
    stop = bracket.rule(Role.STOPLOSS)
    assert stop is not None
    assert (stop.side, stop.price, stop.trailing_gap) == (Side.SELL, Decimal(830), Decimal("1.5"))
    assert (bracket.status, bracket.entry.order_id) == (
        GttStatus.GUARDING,
        BrokerOrderId("261120010345710"),
    )


def test_the_documented_update_is_understood() -> None:
    body = json.dumps(sample("ws-portfolio-gtt-order.json"))
    told = told_by_stream(UPDATE.validate_json(body))
    assert [rule.status for rule in told.rules] == [RuleStatus.PENDING] * 3  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("rules", 0, "status"), "DREAMING"),
        (("rules", 0, "strategy"), "STOPLOSS"),
        (("rules", 0, "trigger_price"), -1),
        (("rules", 1, "transaction_type"), "BUY"),
        (("rules",), []),
        (("created_at",), 1_795_150_000),
        (("gtt_order_id",), "C1"),
        (("quantity",), None),
    ],
)
async def test_what_cannot_be_is_bad_data_and_counted(
    tmp_path: Path, where: tuple[Any, ...], value: object
) -> None:
    row = deepcopy(sample("get-gtt-details.json")["data"][1])
    place = row
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = value
    gtts, _, parts = door(tmp_path, good([row]))
    with pytest.raises(BadData):
        await gtts.all()
    assert parts.health.bad_data["gtts"] == 1
