"""What can be done with positions: one by one from a row, and with several at once."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from nicegui import background_tasks, context, ui

from core.services.portfolio_picture import Line
from core.trading.exits import Which
from core.trading.gtt_terms import GttKind
from core.trading.ledger import Holding
from core.trading.requests import Side
from ui.addresses import chart_address
from ui.components.exits import open_exit, open_reverse, open_roll
from ui.components.fields import button
from ui.components.gtt_ticket import open_gtt
from ui.components.order_ticket import open_ticket
from ui.components.position_convert import ConvertSheet, ways
from ui.components.positions_grid import Act
from ui.positions.state import PositionsState

Do = Callable[[Line], object]

EXIT: Final = Act("exit", "Exit", "logout", "sell", "Close it: the ticket opens, nothing is sent")
PART: Final = Act("exit-part", "Exit a part …", "content_cut", "", "The ticket opens with a half")
ADD: Final = Act("add", "Add …", "add", "", "The ticket opens with a lot more of the same")
REVERSE: Final = Act("reverse", "Reverse …", "swap_vert", "", "Close it and open the other side")
ROLL: Final = Act("roll", "Roll …", "redo", "", "Close it and open it in another expiry")
CONVERT: Final = Act("convert", "Convert …", "published_with_changes", "", "Hold it in another way")
GUARD: Final = Act(
    "guard", "Stop and target …", "shield", "", "Two GTTs close it: one ends the other"
)
CHAIN: Final = Act("chain", "Open in the chain", "table_rows")
CHART: Final = Act("chart", "Open its chart", "candlestick_chart")
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
            "reverse": lambda line: open_reverse(state.services, [line.at]),
            "roll": lambda line: open_roll(state.services, [line.at]),
            "convert": self._convert,
            "guard": self._guard,
            "chain": self._to_chain,
            "chart": lambda line: ui.navigate.to(chart_address(line.key)),
            "show": self._to_payoff,
        }

    def of(self, line: Line) -> tuple[Act, ...]:
        """The first is the row's button."""
        found = []
        if line.is_open and line.instrument is not None:
            found += [EXIT]
            found += [PART] if half_of(line) else []
            found += [ADD, REVERSE]
            found += [ROLL] if line.leg is not None else []
            found += [CONVERT] if self._state.trading.account and ways(line) else []
            found += [GUARD] if self._state.trading.gtts else []
        if line.leg is not None and line.is_open:
            found.append(PAYOFF)
        if line.instrument is not None and line.instrument.is_option:
            found.append(CHAIN)
        if line.instrument is not None:
            found.append(CHART)
        return tuple(found)

    def do(self, line: Line, what: str) -> None:
        act = self._doing.get(what)
        if act is None:
            return
        done = act(line)
        if isinstance(done, Awaitable):
            background_tasks.create(self._awaited(done), name=f"position {what}")

    def build_bulk(self) -> None:
        """Buttons for several positions at once; they follow what is marked."""
        services = self._state.services
        with ui.element("span").classes("positions-marked") as self._marked:
            self._count = ui.label().classes("dim").props('data-testid="positions-marked"')
            self._count.mark("positions-marked")
            button(
                "Exit marked",
                "exit-marked",
                lambda: open_exit(services, self._holdings()),
                tip="Close what is marked: a sheet opens, nothing is sent",
            ).classes("sell")
            button("Roll", "roll-marked", lambda: open_roll(services, self._holdings()))
            button("Reverse", "reverse-marked", lambda: open_reverse(services, self._holdings()))
        self._bulk = ui.element("span")
        with (
            self._bulk,
            ui.element("button").classes("button sell").props('type="button"') as several,
        ):
            several.props('data-testid="exit-several" title="Close several: a sheet opens"')
            ui.label("Exit …")
            ui.icon("arrow_drop_down")
            with ui.menu().props("auto-close").classes("exit-menu"):
                self._items = ui.element("div")
        self._offered: tuple[str, ...] = ()
        self.draw()

    def draw(self) -> None:
        marked, some = len(self._state.marked_lines), bool(self._state.picture.open)
        self._marked.set_visibility(bool(marked))
        self._bulk.set_visibility(some)
        words = f"{marked} marked"
        if self._count.text != words:
            self._count.set_text(words)
        symbols = tuple(sorted({line.symbol for line in self._state.picture.open}))
        if symbols != self._offered:
            self._offered = symbols
            self._items.clear()
            with self._items:
                self._offer(symbols)

    def _offer(self, symbols: tuple[str, ...]) -> None:
        choices: list[tuple[str, str, dict[str, Any]]] = [
            ("Everything …", "all", {}),
            ("Winners …", "winners", {"which": Which.WINNERS}),
            ("Losers …", "losers", {"which": Which.LOSERS}),
            ("Half of everything …", "half", {"percent": 50}),
            ("A quarter of everything …", "quarter", {"percent": 25}),
        ]
        if len(symbols) > 1:
            choices += [(f"All of {each} …", each.lower(), {"symbol": each}) for each in symbols]
        for text, name, given in choices:
            item = ui.menu_item(text, partial(open_exit, self._state.services, **given))
            item.props(f'data-testid="exit-{name}"').mark(f"exit-{name}")

    def _holdings(self) -> list[Holding]:
        return [line.at for line in self._state.marked_lines]

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

    def _convert(self, line: Line) -> None:
        account = self._state.trading.account
        if account is not None and ways(line):
            with self._client:
                ConvertSheet(self._state.services, account, line).open()

    async def _guard(self, line: Line) -> None:
        await open_gtt(
            self._state.services, line.key, kind=GttKind.OCO, product=line.product, closing=True
        )

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
