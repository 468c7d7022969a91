"""Mode live as a process, at an exchange in the broker's place: armed by a word, killed, whole."""

from collections.abc import Iterator
from pathlib import Path

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
    made = desk_at(exchange, tmp_path / "home", "live", STRIKEDESK_LIVE_ORDERS="true")
    try:
        yield made
    finally:
        made.kill()


async def test_live_orders_wait_for_the_word_and_a_killed_desk_finds_all_of_them(
    desk: Desk, exchange: str
) -> None:
    desk.start()
    program = Program(desk, "live")
    program.until("/positions", lambda found: found["reconciled_at"])
    key = at_the_money(program)
    order = {"instrument_key": key, "side": "buy", "quantity": 65}
    with pytest.raises(AssertionError, match="not armed in this session"):
        program.place(**order, price="1.00")
    program.post("/risk/arm", typed="LIVE")
    bought = program.place(**order, type="market", click="one")
    program.until(f"/orders/{bought['id']}", lambda found: found["order"]["status"] == "filled")
    resting = program.place(**order, price="1.00", click="two")
    desk.kill()

    desk.start()
    program = Program(desk, "live")
    told = program.until("/positions", lambda found: found["reconciled_at"])
    assert [(each["instrument_key"], each["quantity"]) for each in told["positions"]] == [(key, 65)]
    assert told["differences"] == []
    orders = {each["id"]: each["status"] for each in program.get("/orders")["orders"]}
    assert orders == {bought["id"]: "filled", resting["id"]: "open"}
    with pytest.raises(AssertionError, match="not armed in this session"):
        program.place(**order, price="1.05")
    assert sorted(await tags_at(exchange)) == sorted(orders)


async def tags_at(exchange: str) -> list[str]:
    """Of every order in the exchange's own book."""
    async with httpx.AsyncClient(base_url=exchange, trust_env=False, timeout=10) as client:
        await log_in(client)
        return [each["tag"] for each in await data(client, "/v2/order/retrieve-all")]
