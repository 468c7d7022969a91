"""Orders: killed and cut a thousand times, the pace, the kill switch, from a click to the wire."""

import asyncio
import statistics
import tempfile
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx

from core.clock import SetClock
from core.errors import AppError
from core.services.order_pace import OrderPace
from core.settings import Upstox
from core.state.health import BrokerHealth
from core.trading.requests import Change, OrderRequest, Side
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.orders import UpstoxBroker
from data.brokers.upstox.token_store import TokenStore, fixed_token
from data.db import migrate
from tests.bench import order_deaths
from tests.bench.rows import Row
from tests.core.services.trading_desk import OPEN, WIDE, Trading, make_trading
from tests.core.trading.samples import LOT, ask
from tests.desk import Desk
from tests.network import take_port
from tests.order_child import SqlTrading

OPEN_ORDERS: Final = 20
CLICKS: Final = 300
LOTS: Final = 650
Answers = list[tuple[float, int]]
"""The moment at which each order was asked for, and the status of its answer."""


def run(quick: bool) -> list[Row]:
    return [
        *asyncio.run(_deaths(100 if quick else 1_000)),
        *asyncio.run(_pace(20.0 if quick else 600.0)),
        *_kill_switch(),
        *asyncio.run(_clicks()),
    ]


def _row(figure: str, what: str, ours: float, unit: str, most: float) -> Row:
    return Row(
        figure=figure,
        what=what,
        ours=ours,
        peer=None,
        unit=unit,
        ratio=None,
        target=f"<= {most:g} {unit}".rstrip(),
        ok=ours <= most,
    )


# --- 1: deaths and cut lines ------------------------------------------------------------------


async def _deaths(runs: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.db"
        migrate.upgrade(f"sqlite:///{model}")
        verdict = await order_deaths.run(runs, Path(folder), model)
    for problem in verdict.problems:
        print(problem)
    said = f"{verdict.runs} runs, {verdict.orders} orders"
    return [
        _row("O1", f"sent twice ({said})", verdict.doubled, "", 0),
        _row("O1", "lost, or of another size than the broker's", verdict.lost, "", 0),
        _row("O1", "still unknown at the end", verdict.unresolved, "", 0),
        _row("O1", "runs whose positions differ from the broker's", verdict.unequal, "", 0),
        _row("O1", "longest way back to certainty", verdict.worst, "s", 15),
    ]


# --- 2: the pace ------------------------------------------------------------------------------


async def _pace(seconds: float) -> list[Row]:
    """Entries come twice as fast as they may go; exits, changes and cancellations between them."""
    limits = replace(WIDE, order_lots=None, order_value=None, fat_finger=None)
    trading = make_trading(pace=OrderPace(), limits=limits)
    ending = asyncio.get_running_loop().time() + seconds
    first = await trading.desk.place(ask(quantity=LOTS * LOT, slice=True))
    for id in first.broker_ids:
        trading.broker.trade(id, trading.broker.book[id].quantity, "150")
    await trading.listen()
    waits: dict[str, list[float]] = {"entry": [], "exit": []}
    asked: set[asyncio.Task[None]] = set()
    number = 0
    while asyncio.get_running_loop().time() < ending:
        number += 1
        asked.add(asyncio.create_task(_ask(trading, number, waits)))
        asked = {each for each in asked if not each.done()}
        await asyncio.sleep(1 / 16)
        if len(asked) > 200:
            trading.pace.refuse_entries("enough for now")
    for each in asked:
        each.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    longest = max(waits["exit"])
    print(f"entries waited {statistics.median(waits['entry']):.1f} s at the median")
    return [
        _row("O2", "most calls in any one second", _busiest(trading.broker.sent_at), "", 10),
        _row("O2", "longest wait of an exit behind entries", longest, "s", 1.0),
    ]


async def _ask(trading: Trading, number: int, waits: dict[str, list[float]]) -> None:
    began = asyncio.get_running_loop().time()
    exit = number % 16 == 0
    try:
        if number % 5 == 0 and (working := trading.state.working()):
            await trading.desk.cancel(working[0].id)
            return
        if number % 7 == 0 and (working := trading.state.working()):
            price = working[0].terms.price + Decimal("0.05")
            await trading.desk.modify(working[0].id, Change(price=price))
            return
        side = Side.SELL if exit else Side.BUY
        await trading.desk.place(ask(side, price=Decimal(149 + number % 8)))
        waits["exit" if exit else "entry"].append(asyncio.get_running_loop().time() - began)
        await trading.listen()
    except AppError:
        return


def _busiest(sent: list[float]) -> int:
    """The most calls in any window of one second."""
    window: deque[float] = deque()
    most = 0
    for at in sent:
        window.append(at)
        while window[0] <= at - 1.0:
            window.popleft()
        most = max(most, len(window))
    return most


# --- 3: the kill switch -----------------------------------------------------------------------


def _kill_switch() -> list[Row]:
    """A real desk at its simulated exchange, with orders working and more on their way."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder) / "home", take_port())
        desk.start()
        try:
            with httpx.Client(base_url=f"{desk.url}/api/v1", trust_env=False, timeout=30) as api:
                return _stopped(api, desk)
        finally:
            desk.stop()


def _stopped(api: httpx.Client, desk: Desk) -> list[Row]:
    key, lot, low, expiry = _far_contract(api)
    for number in range(OPEN_ORDERS):
        body = _buy(key, lot, low + number * 0.05)
        api.post("/orders", json=body).raise_for_status()
    answers: Answers = []
    over = threading.Event()
    pressing = threading.Thread(target=_press, args=(desk.url, key, lot, low, answers, over))
    pressing.start()
    time.sleep(1.5)
    began = time.monotonic()
    halting = threading.Thread(target=lambda: api.post("/risk/halt", json={"reason": "bench"}))
    halting.start()
    with httpx.Client(base_url=desk.exchange_url, trust_env=False, timeout=10) as exchange:
        gone = _until(lambda: not _working(exchange, expiry), 20.0) - began
    over.set()
    pressing.join()
    halting.join()
    taken = [at - began for at, status in answers if status == 200 and at > began]
    return [
        _row("O3", "last order taken after the switch", 1e3 * max(taken, default=0.0), "ms", 100),
        _row("O3", f"{OPEN_ORDERS} open orders and more gone", gone, "s", 5.0),
    ]


def _press(
    url: str,
    key: str,
    lot: int,
    low: float,
    answers: list[tuple[float, int]],
    over: threading.Event,
) -> None:
    """Somebody who goes on ordering; each answer with the moment in which it was asked for."""
    with httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=30) as api:
        number = OPEN_ORDERS
        while not over.wait(0.02):
            number += 1
            at = time.monotonic()
            answer = api.post("/orders", json=_buy(key, lot, low + number * 0.05))
            answers.append((at, answer.status_code))


def _far_contract(api: httpx.Client) -> tuple[str, int, float, str]:
    """A dear call with its lot, a price far below its market, and its expiry."""
    _until(lambda: api.get("/positions").json()["reconciled_at"] is not None, 20)
    chain = api.get("/chain/NIFTY").json()
    calls = [row["call"] for row in chain["strikes"] if row["strike"] <= chain["spot"]]
    call = calls[-6]
    low = float(int(call["bid"] * 0.8))
    return call["instrument_key"], chain["lot_size"], low, chain["expiry"]


def _buy(key: str, lot: int, price: float) -> dict[str, Any]:
    return {"instrument_key": key, "side": "buy", "quantity": lot, "price": f"{price:.2f}"}


def _working(exchange: httpx.Client, expiry: str) -> int:
    asked = {"underlying": "NIFTY", "expiry": expiry}
    orders = exchange.get("/sim/state", params=asked).json()["orders"]
    return sum(order["status"] not in ("complete", "cancelled", "rejected") for order in orders)


def _until(true: Callable[[], bool], seconds: float) -> float:
    """When it became true, by the monotonic clock."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return time.monotonic()
        time.sleep(0.02)
    raise AssertionError("it did not become true")


# --- 4: from a click to the wire --------------------------------------------------------------


async def _clicks() -> list[Row]:
    """From the call of the order desk to the first byte at the broker's socket."""
    arrived: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/desk.db"
        migrate.upgrade(url)
        async with _broker(Path(folder), arrived) as broker:
            took = [1e3 * each for each in await _click(url, broker, arrived)]
    took.sort()
    return [
        _row("O4", "click to wire, median", statistics.median(took), "ms", 50),
        _row("O4", "click to wire, p99", took[int(0.99 * len(took))], "ms", 50),
    ]


async def _click(url: str, broker: UpstoxBroker, arrived: dict[str, float]) -> list[float]:
    trading = make_trading(
        broker=broker,  # type: ignore[arg-type]
        memory=SqlTrading(url),  # type: ignore[arg-type]
        patience=5.0,
    )
    took = []
    for number in range(CLICKS):
        request: OrderRequest = ask(price=Decimal(100) + number * Decimal("0.05"))
        began = time.perf_counter()
        order = await trading.desk.place(request)
        took.append(arrived[order.id] - began)
        await asyncio.sleep(0.12)  # the budget lets ten a second through
    return took


@asynccontextmanager
async def _broker(home: Path, arrived: dict[str, float]) -> AsyncIterator[UpstoxBroker]:
    """The broker's adapter at a socket that notes when an order comes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
                break
            at = time.perf_counter()
            (length,) = [
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ]
            body = await reader.readexactly(length)
            tag = body.partition(b'"tag":"')[2].partition(b'"')[0].decode()
            arrived[tag] = at
            number = 260821000000000 + len(arrived)
            said = (
                b'{"status":"success","data":{"order_ids":["%d"]},"metadata":{"latency":1}}'
                % number
            )
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
                % (len(said), said)
            )
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    clock = SetClock(OPEN)
    tokens = TokenStore(home, "bench", use_keyring=False)
    tokens.hold(fixed_token("bench"))
    http = UpstoxHttp(Upstox(base_url=url, order_url=url), tokens, clock, BrokerHealth())
    try:
        yield UpstoxBroker(http, tokens, clock)
    finally:
        await http.close()
        server.close()
