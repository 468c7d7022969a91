"""The broker's official SDK, unmodified but for its addresses, over real sockets."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.simulator.clock import OpenClock
from data.simulator.limits import GENEROUS
from data.simulator.market import Contract, Market
from tests.data.simulator.running import (
    BACK,
    DAY,
    DIALOG,
    DIALOG_QUERY,
    MORNING,
    NIFTY,
    RELIANCE,
    StillClock,
    app_at,
    behind_sockets,
    code_from,
)
from tests.data.simulator.shapes import differences, shape_of

SCRIPT = Path(__file__).with_name("sdk_script.py")
SAMPLES = Path(__file__).resolve().parents[4] / "shared/reference/upstox-samples"
EXPIRY, OVER = DAY.date().replace(day=23), DAY.date().replace(day=17)
DROPPED = {
    "brokerage": [
        ".data.charges.dp_plan",
        ".data.charges.otherTaxes.ipft",
        ".data.charges.other_charges",
    ],
    "profile": [".data.ddpi"],
    "status": [".data.cas_eligible_status"],
}
"""Fields that the SDK has no place for and drops; the broker sends them, so the exchange does."""


def code(base: str) -> str:
    return code_from(httpx.get(base + DIALOG, params=DIALOG_QUERY))


def call_at_the_money(market: Market) -> Contract:
    spot = market.spot("NIFTY", StillClock().ms)
    calls = [
        contract
        for contract in market.listed(DAY.date()).values()
        if contract.underlying == "NIFTY" and contract.type == "CE" and contract.expiry == EXPIRY
    ]
    return min(calls, key=lambda contract: abs(contract.strike - spot))


@pytest.fixture(scope="module")
def proof(market: Market) -> dict[str, Any]:
    """What the SDK said: its calls to a still exchange, its stream from a running one."""
    still = app_at(market, StillClock(), rate_limits=GENEROUS)
    moving = OpenClock(market, 60.0, wall=lambda: MORNING.replace(hour=9))
    running = app_at(market, moving, connections_per_token=4)
    call = call_at_the_money(market)
    over = next(c for c in market.expired_contracts("NIFTY", OVER) if c.type == "PE")
    with behind_sockets(still) as base, behind_sockets(running) as live:
        asked = {
            "base": base,
            "live": live,
            "code": code(base),
            "live_code": code(live),
            "back": BACK,
            "call": call.key,
            "expired": f"{over.key}|{OVER:%d-%m-%Y}",
            "expiry": EXPIRY.isoformat(),
            "keys": [NIFTY, RELIANCE, call.key],
        }
        done = subprocess.run(
            [sys.executable, str(SCRIPT), json.dumps(asked)],
            capture_output=True,
            text=True,
            timeout=150,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    said, _, _ = done.stdout.partition("\n")  # the SDK may print a complaint when it ends
    return json.loads(said) | {"call": call.key}


def test_every_read_call_comes_through_without_a_field_lost(proof: dict[str, Any]) -> None:
    assert len(proof["lost"]) == 33
    assert {name: fields for name, fields in proof["lost"].items() if fields} == DROPPED


def test_login_refusal_and_logout_are_understood(proof: dict[str, Any]) -> None:
    assert proof["refused"] == [401, "UDAPI100050"]
    assert proof["logged_out"] is True


@pytest.mark.parametrize("mode", ["ltpc", "option_greeks", "full", "full_d30"])
def test_the_streamer_hears_market_info_a_snapshot_and_live_frames(
    proof: dict[str, Any], mode: str
) -> None:
    heard = proof["stream"][mode]
    assert heard["problems"] == []
    assert heard["heard"]
    assert heard["types"] == ["market_info", "initial_feed", "live_feed"]
    assert set(heard["feeds"]) == {NIFTY, RELIANCE, proof["call"]}


@pytest.mark.parametrize(
    ("mode", "name", "key"),
    [
        ("ltpc", "ws-market-ltpc", "call"),
        ("option_greeks", "ws-market-option-greeks", "call"),
        ("full", "ws-market-full", "call"),
        ("full", "ws-market-index-full", NIFTY),
    ],
)
def test_what_the_streamer_hands_on_has_the_shape_of_the_documented_message(
    proof: dict[str, Any], mode: str, name: str, key: str
) -> None:
    path = SAMPLES / f"{name}.json"
    if not path.is_file():
        pytest.skip("../shared is not here")
    [wanted] = json.loads(path.read_text())["feeds"].values()
    ours = proof["stream"][mode]["feeds"][proof.get(key, key)]
    assert differences(shape_of(wanted), shape_of(ours)) == []


def test_thirty_levels_come_in_the_deepest_mode(proof: dict[str, Any]) -> None:
    feed = proof["stream"]["full_d30"]["feeds"][RELIANCE]
    assert len(feed["fullFeed"]["marketFF"]["marketLevel"]["bidAskQuote"]) == 30
    assert feed["requestMode"] == "full_d30"
