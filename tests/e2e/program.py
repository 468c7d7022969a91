"""A desk that trades at an exchange elsewhere, as at the broker, and a program that asks it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from data.exchange_process import DEMO_KEY, DEMO_SECRET
from tests.desk import Desk
from tests.network import take_port

WITHIN = 15.0


def desk_at(exchange: str, home: Path, mode: str, **settings: str) -> Desk:
    """Not started yet; the exchange's demo account stands for the user's own."""
    addresses = {
        "API_KEY": DEMO_KEY,
        "API_SECRET": DEMO_SECRET,
        "BASE_URL": exchange,
        "ORDER_URL": exchange,
        "ASSETS_URL": exchange,
        "FEED_URL": f"ws{exchange.removeprefix('http')}/v3/feed/market-data-feed",
    }
    environment = {f"STRIKEDESK_UPSTOX__{name}": value for name, value in addresses.items()}
    return Desk(home, take_port(), ("--mode", mode), environment | settings)


class Program:
    """What a program does over REST."""

    def __init__(self, desk: Desk, mode: str) -> None:
        self._base, self._mode = f"{desk.url}/api/v1", mode

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def place(self, **terms: Any) -> Any:
        reply = self._ask("POST", "/orders", json=terms)
        assert reply["mode"] == self._mode
        return reply["order"]

    def post(self, path: str, **given: Any) -> Any:
        return self._ask("POST", path, json=given)

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        answer = httpx.request(method, self._base + path, trust_env=False, timeout=10, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until(self, path: str, true: Callable[[Any], bool]) -> Any:
        end, last = time.monotonic() + WITHIN, None
        while time.monotonic() < end:
            if true(last := self.get(path)):
                return last
            time.sleep(0.1)
        raise AssertionError(f"{path} stays {last}")


def at_the_money(program: Program) -> str:
    """The key of a call that trades."""
    chain = program.get("/chain/NIFTY")
    (near,) = (row for row in chain["strikes"] if row["strike"] == chain["atm_strike"])
    return str(near["call"]["instrument_key"])
