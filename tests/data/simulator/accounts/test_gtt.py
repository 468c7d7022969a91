"""GTT orders: what they wait for, and how their rules end each other."""

from typing import Any

import httpx
import pytest

from data.simulator.market import Market
from tests.data.simulator.running import DAY, StillClock, data, error_code, log_in
from tests.data.simulator.trader import details, option, place, position

PATH = "/v3/order/gtt"


def rule(strategy: str, price: float, trigger: str = "IMMEDIATE", **other: Any) -> dict[str, Any]:
    return {
        "strategy": strategy,
        "trigger_type": trigger,
        "trigger_price": round(price, 2),
    } | other


def gtt(key: str, *rules: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "type": "SINGLE" if len(rules) == 1 else "MULTIPLE",
        "quantity": 65,
        "product": "D",
        "instrument_token": key,
        "transaction_type": "BUY",
        "rules": list(rules),
    } | other


async def placed(client: httpx.AsyncClient, body: dict[str, Any]) -> str:
    answer = await client.post(f"{PATH}/place", json=body)
    assert answer.status_code == 200, answer.text
    [one] = answer.json()["data"]["gtt_order_ids"]
    return str(one)


def states(update: dict[str, Any]) -> dict[str, str]:
    return {each["strategy"]: each["status"] for each in update["rules"]}


async def test_a_single_one_waits_for_the_price_and_places_a_limit_order(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    level = market.last_price(call.key, clock.ms) + 2
    found = await placed(exchange, gtt(call.key, rule("ENTRY", level, "ABOVE")))
    [row] = await data(exchange, PATH)
    assert (row["gtt_order_id"], states(row)) == (found, {"ENTRY": "SCHEDULED"})
    assert await data(exchange, "/v2/order/retrieve-all") == []
    clock.advance(600)
    [child] = await data(exchange, "/v2/order/retrieve-all")
    assert (child["order_ref_id"], child["price"], child["order_type"]) == (
        found, round(level, 2), "LIMIT",
    )  # fmt: skip


async def test_target_and_stop_follow_the_entry_and_one_ends_the_other(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    last = market.last_price(call.key, clock.ms)
    body = gtt(
        call.key, rule("ENTRY", last + 2), rule("STOPLOSS", last - 40), rule("TARGET", last + 4)
    )
    found = await placed(exchange, body)
    [row] = await data(exchange, PATH)
    assert states(row) == {"ENTRY": "COMPLETED", "STOPLOSS": "OPEN", "TARGET": "OPEN"}
    target = next(r["order_id"] for r in row["rules"] if r["strategy"] == "TARGET")
    assert (await details(exchange, target))["status"] == "open"
    clock.advance(900)
    assert (await details(exchange, target))["status"] == "complete"
    assert await data(exchange, PATH) == []
    answer = await exchange.get(PATH, params={"gtt_order_id": found})
    assert error_code(answer) == "UDAPI1135"
    assert (await position(exchange, call.key))["quantity"] == 0


async def test_a_stop_that_is_triggered_cancels_the_target_and_sells(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    clock.advance(120)
    last = market.last_price(call.key, clock.ms)
    body = gtt(
        call.key, rule("ENTRY", last + 2), rule("STOPLOSS", last - 2), rule("TARGET", last + 90)
    )
    await placed(exchange, body)
    clock.advance(1800)
    orders = await data(exchange, "/v2/order/retrieve-all")
    assert [(o["transaction_type"], o["status"]) for o in orders] == [
        ("BUY", "complete"), ("SELL", "cancelled"), ("SELL", "complete"),
    ]  # fmt: skip
    assert orders[2]["price"] == round(last - 2, 2)


async def test_a_trailing_stop_follows_by_whole_gaps_and_never_back(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    last = market.last_price(call.key, clock.ms)
    body = gtt(call.key, rule("ENTRY", last + 2), rule("STOPLOSS", last - 8, trailing_gap=1.0))
    await placed(exchange, body)
    seen = []
    for _ in range(40):
        clock.advance(5)
        rows = await data(exchange, PATH)
        if not rows:
            break
        seen.append(rows[0]["rules"][1]["trigger_price"])
    assert seen == sorted(seen)
    assert seen[-1] > last - 8
    assert all(abs((level - (last - 8)) % 1.0) < 1e-6 for level in seen)


async def test_a_change_moves_the_target_and_a_cancel_ends_all(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    last = market.last_price(call.key, clock.ms)
    rules = [rule("ENTRY", last + 2), rule("STOPLOSS", last - 40), rule("TARGET", last + 60)]
    found = await placed(exchange, gtt(call.key, *rules))
    rules[2] = rule("TARGET", last + 80)
    change = {"type": "MULTIPLE", "quantity": 65, "gtt_order_id": found, "rules": rules}
    answer = await exchange.put(f"{PATH}/modify", json=change)
    assert answer.status_code == 200, answer.text
    target = (await data(exchange, "/v2/order/retrieve-all"))[1]
    assert (target["status"], target["price"]) == ("open", round(last + 80, 2))
    answer = await exchange.request("DELETE", f"{PATH}/cancel", json={"gtt_order_id": found})
    assert answer.status_code == 200
    assert await data(exchange, PATH) == []
    assert (await details(exchange, target["order_id"]))["status"] == "cancelled"


async def test_over_night_the_exits_are_placed_again(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    last = market.last_price(call.key, clock.ms)
    rules = [rule("ENTRY", last + 2), rule("STOPLOSS", 1.0), rule("TARGET", last * 3)]
    await placed(exchange, gtt(call.key, *rules))
    clock.set(DAY.replace(day=19, hour=10))
    await log_in(exchange)
    [row] = await data(exchange, PATH)
    assert states(row) == {"ENTRY": "COMPLETED", "STOPLOSS": "OPEN", "TARGET": "OPEN"}
    [target] = await data(exchange, "/v2/order/retrieve-all")
    assert (target["status"], target["transaction_type"]) == ("open", "SELL")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": None}, "UDAPI1126"),
        ({"type": "TRIPLE"}, "UDAPI1127"),
        ({"rules": []}, "UDAPI1128"),
        ({"rules": [{}]}, "UDAPI1129"),
        ({"rules": [rule("EXIT", 100)]}, "UDAPI1130"),
        ({"rules": [rule("ENTRY", 100, "")]}, "UDAPI1131"),
        ({"rules": [rule("ENTRY", 100, "SOON")]}, "UDAPI1132"),
        ({"rules": [{"strategy": "ENTRY", "trigger_type": "ABOVE"}]}, "UDAPI1133"),
        ({"rules": [rule("ENTRY", 0)]}, "UDAPI1140"),
        ({"rules": [rule("ENTRY", 100), rule("TARGET", 110)]}, "UDAPI1136"),
        ({"type": "MULTIPLE"}, "UDAPI1137"),
        ({"type": "MULTIPLE", "rules": [rule("ENTRY", 1), rule("ENTRY", 2)]}, "UDAPI1139"),
        ({"type": "MULTIPLE", "rules": [rule("TARGET", 1), rule("STOPLOSS", 2)]}, "UDAPI1141"),
        (
            {"type": "MULTIPLE", "rules": [rule("ENTRY", 1), rule("TARGET", 2, "ABOVE")]},
            "UDAPI1143",
        ),
        (
            {
                "type": "MULTIPLE",
                "rules": [rule("ENTRY", 180), rule("STOPLOSS", 100, trailing_gap=0.5)],
            },
            "UDAPI1151",
        ),
        ({"product": "CO"}, "UDAPI1054"),
    ],
)
async def test_a_gtt_order_that_makes_no_sense_is_refused_by_its_code(
    exchange: httpx.AsyncClient, market: Market, change: dict[str, Any], code: str
) -> None:
    body = gtt(option(market).key, rule("ENTRY", 100.0)) | change
    answer = await exchange.post(f"{PATH}/place", json=body)
    assert (answer.status_code, error_code(answer)) == (400, code)
    assert await data(exchange, PATH) == []


async def test_a_rejected_entry_fails_and_its_exits_end(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    key = option(market).key
    await exchange.post("/sim/faults", json={"kind": "reject_orders"})
    await placed(exchange, gtt(key, rule("ENTRY", 100.0), rule("TARGET", 200.0)))
    assert await data(exchange, PATH) == []
    again = await place(exchange, key, price=100.0)
    assert (await details(exchange, again))["status"] == "open"
