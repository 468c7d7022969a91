"""The live option chain: sends what changed among the rows in view, at the pace of the eye."""

from collections.abc import Callable
from dataclasses import asdict
from math import nan
from typing import Final

import numpy as np
from nicegui import ui
from nicegui.events import GenericEventArguments
from numpy.typing import NDArray

from core.services import Services
from core.state.chains import LiveChain
from ui.components.chain_fields import (
    AT,
    CODES,
    FIELDS,
    NAMES,
    NARROW,
    REASONS,
    WORDS,
    numbers,
    orders,
)
from ui.theme.style import GRID_MODULES

Floats = NDArray[np.float64]

PACE: Final = 0.04
SOLVE_EVERY: Final = 4
"""Prices at 20 Hz; implied volatility and greeks, which move with them, at 5 Hz."""
MAX_BEHIND: Final = 8
"""Frames that the browser may owe before we wait for it."""
SCALED: Final = ("oi", "oi-change")


class ChainGrid(ui.element, component="chain_grid.js", esm=GRID_MODULES):
    """Shows the strikes `first` to `last` (both included) of a chain.

    `on_view(first, last)` tells which strikes of the chain are in view, `on_pick(strike, side)`
    which contract was chosen (`picked` at first; `goal` is the strike to scroll to, or -1 for
    the money), `on_turn(what)` that the user wants the
    "previous" or "next" expiry, `on_trade(strike, side, buy)` that a bid or an ask was clicked with
    Shift, or without it after `build_with(True)`; `on_deal(strike, side, buy)` that a contract is
    to be bought or sold in earnest, by its row's buttons or by the keys B and S.
    """

    def __init__(
        self,
        services: Services,
        chain: LiveChain,
        *,
        first: int,
        last: int,
        columns: tuple[str, ...],
        picked: tuple[int, int],
        goal: int = -1,
        on_view: Callable[[int, int], object],
        on_pick: Callable[[int, int], object],
        on_turn: Callable[[str], object],
        on_trade: Callable[[int, int, bool], object],
        on_deal: Callable[[int, int, bool], object],
    ) -> None:
        super().__init__()
        self.classes("chain-holder")
        self._services, self._chain = services, chain
        self._first, self._count = first, last - first + 1
        self._columns, self._wide_columns = columns, columns
        self._on_view = on_view
        self._view = (0, -1)
        self._money: tuple[int, float] = (-1, nan)
        self._turns = self._sent_seq = self._seen_seq = 0
        self._seen_revision = -1
        self.sent: Floats = np.full((self._count, 2, len(NAMES)), np.nan)
        self._scales: dict[str, float] = {}
        self._tell_browser(columns)
        self._props["trades"] = services.trading is not None
        self._props["picked"] = [picked[0] - first if first <= picked[0] <= last else -1, picked[1]]
        self._props["goal"] = goal - first if first <= goal <= last else -1
        self.on("view", self._viewed)
        self.on("pick", lambda e: on_pick(self._first + int(e.args["row"]), int(e.args["side"])))
        self.on("turn", lambda e: on_turn(str(e.args)))
        self.on(
            "trade",
            lambda e: on_trade(
                self._first + int(e.args["row"]), int(e.args["side"]), bool(e.args["buy"])
            ),
        )
        self.on(
            "deal",
            lambda e: on_deal(
                self._first + int(e.args["row"]), int(e.args["side"]), bool(e.args["buy"])
            ),
        )
        self._timer = ui.timer(PACE, self.push, active=False)

    def build_with(self, on: bool) -> None:
        """Whether a click on a quote is meant for the builder without Shift too."""
        self._props["building"] = on
        self.run_method("build_with", on)

    def _tell_browser(self, columns: tuple[str, ...]) -> None:
        strikes = self._chain.strikes[self._first : self._first + self._count]
        hidden = [{"name": name} for name in CODES]
        self._props["strikes"] = strikes.tolist()
        self._props["fields"] = [*(asdict(field) for field in FIELDS), *hidden]
        self._props["order"] = orders(columns)
        self._props["narrowOrder"] = orders(NARROW)
        self._props["reasons"], self._props["words"] = REASONS, WORDS

    @property
    def running(self) -> bool:
        return bool(self._timer.active)

    def _viewed(self, event: GenericEventArguments) -> None:
        told = event.args
        self._seen_seq = max(self._seen_seq, int(told["seq"]))
        self._columns = NARROW if told["narrow"] else self._wide_columns
        self._timer.active = bool(told["shown"])
        first, last = max(0, int(told["first"])), min(self._count - 1, int(told["last"]))
        if told["shown"] and (first, last) != self._view:
            self._view = (first, last)
            self._seen_revision = -1
            self._on_view(self._first + first, self._first + last)

    def push(self) -> None:
        """One look: solve if it is time, and send what differs from what was sent last."""
        if not self.client.has_socket_connection or self.behind:
            return
        self._turns += 1
        if self._turns % SOLVE_EVERY == 1:
            self._services.chain_keeper.refresh(self._chain)
        elif not self._moved():
            return
        self._seen_revision = self._services.market.revision
        self._send_money()
        self._send_changes(numbers(self._services, self._chain, self._services.clock.now()))

    def _moved(self) -> bool:
        """Anything in view has; other chains move too, and that is nothing to us."""
        rows = self._chain.rows[:, self._first : self._first + self._count]
        return bool(self._services.market.changed_since(self._seen_revision, rows).any())

    @property
    def behind(self) -> bool:
        """The browser owes us too many frames."""
        return self._sent_seq - self._seen_seq > MAX_BEHIND

    def _send_changes(self, table: Floats) -> None:
        """The grid's part of `table`: only rows in view, only columns that are shown."""
        first, last = self._view
        mine = table[self._first : self._first + self._count]
        scales = _scales(mine)
        index, value = self.changes(mine, first, last)
        if len(index) or scales != self._scales:
            self._scales = scales
            self._sent_seq += 1
            self.run_method("patch", index.tolist(), value.tolist(), self._sent_seq, scales)

    def changes(self, table: Floats, first: int, last: int) -> tuple[NDArray[np.int64], Floats]:
        """Flat indices and values of what differs from what was sent, which they now are."""
        columns = [AT[name] for name in (*self._columns, *CODES)]
        now = table[first : last + 1][:, :, columns]
        before = self.sent[first : last + 1][:, :, columns]
        differs = (now != before) & ~(np.isnan(now) & np.isnan(before))
        row, side, column = np.nonzero(differs)
        row += first
        names = np.array(columns)[column]
        value = table[row, side, names]
        self.sent[row, side, names] = value
        return (row * 2 + side) * len(NAMES) + names, value

    def _send_money(self) -> None:
        chain = self._chain
        at = chain.atm - self._first if chain.atm >= 0 else -1
        spot = chain.spot if np.isfinite(chain.spot) else chain.forward
        between = float(np.searchsorted(chain.strikes, spot)) if np.isfinite(spot) else nan
        if (at, between) != self._money and np.isfinite(between):
            self._money = (at, between)
            self.run_method("money", at if 0 <= at < self._count else -1, float(spot))


def _scales(table: Floats) -> dict[str, float]:
    """The full length of the bars: the largest value, up to two digits so that it rarely moves."""
    found = {}
    for name in SCALED:
        sizes = np.abs(table[:, :, AT[name]])
        largest = float(np.nanmax(sizes)) if np.isfinite(sizes).any() else 0.0
        step = 10.0 ** (np.floor(np.log10(largest)) - 1) if largest > 0 else 1.0
        found[name] = float(np.ceil(largest / step) * step)
    return found
