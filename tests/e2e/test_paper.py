"""Mode paper as a process: real prices, orders that stay in the desk, a memory that outlives it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.exchange_process import DEMO_KEY, DEMO_SECRET
from tests.data.simulator.running import data, log_in
from tests.desk import Desk
from tests.exchange import start_exchange
from tests.network import take_port

WITHIN = 15.0


@pytest.fixture
def exchange() -> Iterator[str]:
    with start_exchange() as url:
        yield url


@pytest.fixture
def desk(tmp_path: Path, exchange: str) -> Iterator[Desk]:
    """Its prices come from an exchange elsewhere, as they would from the broker."""
    addresses = {
        "API_KEY": DEMO_KEY,
        "API_SECRET": DEMO_SECRET,
        "BASE_URL": exchange,
        "ORDER_URL": exchange,
        "ASSETS_URL": exchange,
        "FEED_URL": f"ws{exchange.removeprefix('http')}/v3/feed/market-data-feed",
    }
    environment = {f"STRIKEDESK_UPSTOX__{name}": value for name, value in addresses.items()}
    made = Desk(tmp_path / "home", take_port(), ("--mode", "paper"), environment)
    try:
        yield made
    finally:
        made.kill()


class Program:
    """What a program does over REST."""

    def __init__(self, desk: Desk) -> None:
        self._base = f"{desk.url}/api/v1"

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def place(self, **terms: Any) -> Any:
        reply = self._ask("POST", "/orders", json=terms)
        assert reply["mode"] == "paper"
        return reply["order"]

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


async def test_a_paper_order_is_filled_outlives_a_crash_and_never_reaches_the_exchange(
    desk: Desk, exchange: str
) -> None:
    desk.start()
    program = Program(desk)
    program.until("/positions", lambda found: found["reconciled_at"])
    key = at_the_money(program)
    bought = program.place(instrument_key=key, side="buy", quantity=65, type="market", click="one")
    program.until(f"/orders/{bought['id']}", lambda found: found["order"]["status"] == "filled")
    resting = program.place(instrument_key=key, side="buy", quantity=65, price="1.00", click="two")
    desk.kill()

    desk.start()
    program = Program(desk)
    told = program.until("/positions", lambda found: found["reconciled_at"])
    (held,) = told["positions"]
    assert (held["instrument_key"], held["quantity"]) == (key, 65)
    assert told["differences"] == []
    orders = {each["id"]: each["status"] for each in program.get("/orders")["orders"]}
    assert orders == {bought["id"]: "filled", resting["id"]: "open"}
    assert await seen_at(exchange) == ([], [])


async def seen_at(exchange: str) -> tuple[list[Any], list[Any]]:
    """Orders and positions in the exchange's own book."""
    async with httpx.AsyncClient(base_url=exchange, trust_env=False, timeout=10) as client:
        await log_in(client)
        orders = await data(client, "/v2/order/retrieve-all")
        positions = await data(client, "/v2/portfolio/short-term-positions")
    return orders, positions
