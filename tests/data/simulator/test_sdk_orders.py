"""The order side of the broker's official SDK, unmodified but for its addresses."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.simulator.limits import GENEROUS
from data.simulator.market import Market
from tests.data.simulator.running import (
    BACK,
    DIALOG,
    DIALOG_QUERY,
    MORNING,
    StillClock,
    app_at,
    behind_sockets,
    code_from,
    token_form,
)
from tests.data.simulator.trader import PLACE, option, order

SCRIPT = Path(__file__).with_name("sdk_order_script.py")
SBIN = "NSE_EQ|INE062A01020"
CALLS = 34
DROPPED = {
    "funds_v3": [".data.available_to_trade.pledge_available_to_trade.total"],
    "past_trades": [".errors", ".meta_data"],
    "pnl_charges": [".data.charges_breakdown.charges.ipft"],
    "stream": [".data.authorized_redirect_uri"],
}
"""Fields that the SDK has no place for and drops; the broker sends them, so the exchange does."""


def trade_yesterday(base: str, key: str) -> None:
    """A round trip, for the reports."""
    with httpx.Client(base_url=base) as client:
        code = code_from(client.get(DIALOG, params=DIALOG_QUERY))
        answer = client.post("/v2/login/authorization/token", data=token_form(code))
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        for side in ("BUY", "SELL"):
            body = order(key, side, order_type="MARKET")
            assert client.post(PLACE, json=body).status_code == 200


@pytest.fixture(scope="module")
def proof(market: Market) -> dict[str, Any]:
    clock = StillClock(MORNING.replace(day=17))
    app = app_at(market, clock, rate_limits=GENEROUS, order_limits=GENEROUS)
    call = option(market)
    with behind_sockets(app) as base:
        trade_yesterday(base, call.key)
        clock.set(MORNING)
        asked = {
            "base": base,
            "code": code_from(httpx.get(base + DIALOG, params=DIALOG_QUERY)),
            "back": BACK,
            "call": call.key,
            "price": 50.0,
            "last": round(market.last_price(SBIN, clock.ms), 1),
        }
        done = subprocess.run(
            [sys.executable, str(SCRIPT), json.dumps(asked)],
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    said, _, _ = done.stdout.partition("\n")
    return dict(json.loads(said))


def test_every_call_of_the_order_side_comes_through_without_a_field_lost(
    proof: dict[str, Any],
) -> None:
    assert len(proof["lost"]) == CALLS
    assert {name: fields for name, fields in proof["lost"].items() if fields} == DROPPED


def test_its_streamer_sees_every_update(proof: dict[str, Any]) -> None:
    assert proof["complete"]
    kinds = Counter(update["update_type"] for update in proof["heard"])
    assert set(kinds) == {"order", "position", "holding", "gtt_order"}


def test_its_streamer_sees_each_order_from_the_reply_to_the_end(proof: dict[str, Any]) -> None:
    orders: dict[str, list[str]] = {}
    for update in proof["heard"]:
        if update["update_type"] == "order":
            orders.setdefault(update["order_id"], []).append(update["status"])
    assert len(orders) == 10
    ends = {"complete", "cancelled"}
    for steps in orders.values():
        assert (steps[0], steps[-1] in ends) == ("put order req received", True)
