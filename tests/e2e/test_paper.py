"""Mode paper as a process: real prices, orders that stay in the desk, a memory that outlives it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.data.simulator.running import data, log_in
from tests.desk import Desk
from tests.e2e.program import Program, at_the_money, desk_at
from tests.exchange import start_exchange


@pytest.fixture
def exchange() -> Iterator[str]:
    with start_exchange() as url:
        yield url


@pytest.fixture
def desk(tmp_path: Path, exchange: str) -> Iterator[Desk]:
    """Its prices come from an exchange elsewhere, as they would from the broker."""
    made = desk_at(exchange, tmp_path / "home", "paper")
    try:
        yield made
    finally:
        made.kill()


async def test_a_paper_order_is_filled_outlives_a_crash_and_never_reaches_the_exchange(
    desk: Desk, exchange: str
) -> None:
    desk.start(within=120)
    program = Program(desk, "paper")
    program.until("/positions", lambda found: found["reconciled_at"])
    key = at_the_money(program)
    bought = program.place(instrument_key=key, side="buy", quantity=65, type="market", click="one")
    program.until(f"/orders/{bought['id']}", lambda found: found["order"]["status"] == "filled")
    resting = program.place(instrument_key=key, side="buy", quantity=65, price="1.00", click="two")
    desk.kill()

    desk.start(within=120)
    program = Program(desk, "paper")
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
