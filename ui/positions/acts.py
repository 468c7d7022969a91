"""What can be done with positions: one by one from a row, and with several at once."""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

from nicegui import background_tasks, context, ui

from core.services.portfolio_picture import Line
from core.trading.requests import Side
from ui.components.order_ticket import open_ticket
from ui.components.positions_grid import Act
from ui.positions.state import PositionsState

Do = Callable[[Line], object]

EXIT: Final = Act("exit", "Exit", "logout", "sell", "Close it: the ticket opens, nothing is sent")
PART: Final = Act("exit-part", "Exit a part …", "content_cut", "", "The ticket opens with a half")
ADD: Final = Act("add", "Add …", "add", "", "The ticket opens with a lot more of the same")
CHAIN: Final = Act("chain", "Open in the chain", "table_rows")
PAYOFF: Final = Act("show", "Show the pay-off", "ssid_chart")


class PositionActs:
    """Names what a line offers now, and does it. Made in the page's slot."""

    def __init__(self, state: PositionsState) -> None:
        self._state = state
        self._client = context.client
        self._doing: dict[str, Do] = {
            "exit": lambda line: self._close(line, free_units(line)),
            "exit-part": lambda line: self._close(line, half_of(line)),
            "add": self._add,
            "chain": self._to_chain,
            "show": self._to_payoff,
        }

    def of(self, line: Line) -> tuple[Act, ...]:
        """The first is the row's button."""
        found = []
        if line.is_open and line.instrument is not None:
            found += [EXIT]
            found += [PART] if half_of(line) else []
            found += [ADD]
        if line.leg is not None and line.is_open:
            found.append(PAYOFF)
        if line.instrument is not None and line.instrument.is_option:
            found.append(CHAIN)
        return tuple(found)

    def do(self, line: Line, what: str) -> None:
        act = self._doing.get(what)
        if act is None:
            return
        done = act(line)
        if isinstance(done, Awaitable):
            background_tasks.create(self._awaited(done), name=f"position {what}")

    def build_bulk(self) -> None:
        """Buttons for several positions at once."""

    def draw(self) -> None:
        """Bulk buttons follow what is marked."""

    async def _awaited(self, done: Awaitable[object]) -> None:
        with self._client:
            await done

    async def _close(self, line: Line, units: int) -> None:
        if not units:
            ui.notify("Orders that still work close all of it already.", position="bottom-right")
            return
        await open_ticket(
            self._state.services,
            line.key,
            closing_side(line),
            quantity=units,
            product=line.product,
            closing=True,
        )

    async def _add(self, line: Line) -> None:
        side = Side.BUY if line.units > 0 else Side.SELL
        await open_ticket(self._state.services, line.key, side, product=line.product)

    def _to_chain(self, line: Line) -> None:
        assert line.expiry is not None
        strike = f"&at={line.leg.strike:g}" if line.leg and line.leg.strike is not None else ""
        symbol = quote(line.symbol, safe="")
        ui.navigate.to(f"/chain/{symbol}?expiry={line.expiry.isoformat()}{strike}")

    def _to_payoff(self, line: Line) -> None:
        """A click on a line lays its underlying on the table."""
        if line.leg is not None:
            self._state.choices.keep("positions.payoff", line.symbol)
            self._state.tell()


def closing_side(line: Line) -> Side:
    return Side.SELL if line.units > 0 else Side.BUY


def free_units(line: Line) -> int:
    """Units that no working order closes already."""
    side = closing_side(line)
    closing = sum(order.left for order in line.working if order.request.side is side)
    return max(abs(line.units) - closing, 0)


def half_of(line: Line) -> int:
    """Half of them in whole lots; 0 where there is only one."""
    size = line.instrument.lot_size if line.instrument else 0
    return free_units(line) // size // 2 * size if size > 0 else 0
