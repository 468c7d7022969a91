"""The headline of the positions page: the day's money with its arithmetic, and what moves it."""

from typing import Final

from core.services.portfolio_picture import Group
from core.trading import arithmetic
from core.trading.results import Exact, to_paisa
from ui.components.board import Board, Cell
from ui.positions.state import PositionsState
from ui.theme import formats
from ui.theme.colors import tone

MONEY: Final = (
    Cell(name="net", label="Net P&L", testid="net-pnl", classes="big"),
    Cell(name="day", label="Day", testid="day-pnl"),
    Cell(name="realised", label="Realised", testid="realised-pnl"),
    Cell(name="unrealised", label="Unrealised", testid="unrealised-pnl"),
    Cell(name="charges", label="Charges", testid="charges-so-far"),
    Cell(name="open", label="Open", testid="open-pnl"),
)
CASH: Final = (
    Cell(name="delta_rupees", label="Δ ₹", testid="cash-delta"),
    Cell(name="delta_percent", label="₹/1 %", testid="cash-delta-percent"),
    Cell(name="gamma_percent", label="Γ ₹/1 %", testid="cash-gamma"),
    Cell(name="vega", label="₹/pt", testid="cash-vega"),
    Cell(name="theta", label="₹/day", testid="cash-theta"),
)
BROKER: Final = (Cell(name="broker", label="Broker", testid="reconcile-state"),)
TIPS: Final = {
    "delta_rupees": "Delta of all as rupees of the underlyings",
    "delta_percent": "₹ for the first 1 % that every underlying rises",
    "gamma_percent": "₹ that the next 1 % adds to that",
    "vega": "₹ for one vol point up, everywhere",
    "theta": "₹ in one calendar day, if nothing moves",
}
MODEL: Final = "Black-76 on each expiry's forward"


def build_totals(state: PositionsState) -> Board:
    board = Board((*MONEY, *CASH, *BROKER), "headline positions-board")

    def draw() -> None:
        _put_broker(board, state)
        _draw(board, Group("All", state.picture.lines))

    state.on(draw)
    draw()
    return board


def _draw(board: Board, whole: Group) -> None:
    money, unknown = whole.money, _unknown(whole)
    _put(board, "net", money.net, arithmetic.net(money) if money.net is not None else unknown)
    _put(board, "day", money.day, arithmetic.day(money) if money.day is not None else unknown)
    _put(board, "realised", money.realised, unknown or "What was closed today, before charges")
    _put(board, "unrealised", money.unrealised, unknown or "What is open, today, before charges")
    _put(board, "charges", money.paid, unknown or "Of all trades of today", plain=True)
    _put(board, "open", money.since_entry, unknown or "What is open, since it was entered")
    for name, words in TIPS.items():
        value = getattr(whole.sensitivity, name)
        tip = whole.no_greeks or f"{words}. {MODEL}"
        board.put(name, formats.lakh(value), tone=tone(value), tip=tip, raw=value)
    board.flush()


def _put_broker(board: Board, state: PositionsState) -> None:
    """Whether our books are the broker's; the panel Reconcile tells more."""
    kept, many = state.trading.state, len(state.trading.state.differences)
    if many:
        words = f"{many} difference{'s' if many > 1 else ''}"
        board.put("broker", words, tone="down", tip="See Reconcile: new risk waits there")
    elif kept.problem:
        board.put("broker", "not reached", tone="down", tip=kept.problem)
    elif kept.reconciled_at is None:
        board.put("broker", "not compared yet", tone="warn", tip="Orders wait for it")
    else:
        at = formats.clock_time(kept.reconciled_at)
        board.put("broker", "agrees", tone="up", tip=f"All was compared at {at}")


def _put(board: Board, name: str, exact: Exact, tip: str, *, plain: bool = False) -> None:
    shown = to_paisa(exact)
    if shown is None:
        board.put(name, formats.DASH, tip=tip)
        return
    amount = float(shown)
    text = formats.rupees(amount) if plain else _signed(amount)
    board.put(name, text, tone="" if plain else tone(amount), tip=tip, raw=amount)


def _signed(amount: float) -> str:
    sign = "+" if amount > 0 else "-" if amount < 0 else ""
    return f"{sign}{formats.rupees(abs(amount))}"


def _unknown(whole: Group) -> str:
    names = [line.title for line in whole.lines if line.result.why]
    reasons = {line.result.why[0] for line in whole.lines if line.result.why}
    if not names:
        return ""
    return f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''}: {'; '.join(sorted(reasons))}"
