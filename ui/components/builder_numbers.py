"""The builder's numbers: what a position can make and lose, how likely, what it costs."""

from math import inf, nan
from typing import Final

from nicegui import ui

from core.clock import IST
from core.strategies.picture import Picture
from core.strategies.wording import rupees
from ui.builder.charge_words import COUNTED, charges_tip, margin_lines
from ui.builder.margin_watch import MarginWatch
from ui.builder.state import BuilderState, Topic
from ui.components.board import Board, Cell
from ui.theme import formats
from ui.theme.colors import tone

RESULT: Final = (
    Cell(name="max-profit", label="Max profit", testid="max-profit"),
    Cell(name="max-loss", label="Max loss", testid="max-loss"),
    Cell(name="reward-risk", label="Reward : risk", testid="reward-risk"),
    Cell(name="breakevens", label="Breakevens", testid="breakevens", classes="wide"),
)
CHANCES: Final = (
    Cell(name="pop-smile", label="POP · smile", testid="pop-smile"),
    Cell(name="pop-lognormal", label="POP · lognormal", testid="pop-lognormal"),
    Cell(name="ev-smile", label="EV · smile", testid="ev-smile"),
    Cell(name="ev-lognormal", label="EV · lognormal", testid="ev-lognormal"),
)
COSTS: Final = (
    Cell(name="pnl", label="P&L now", testid="pnl-now"),
    Cell(name="premium", label="Net premium", testid="net-premium"),
    Cell(name="margin", label="Margin", testid="margin"),
    Cell(name="charges", label="Charges to enter", testid="charges"),
)
GREEKS: Final = ("delta", "gamma", "theta", "vega", "rho")
GREEK_CELLS: Final = tuple(
    Cell(name=name, label=name.capitalize(), testid=f"net-{name}") for name in GREEKS
)
CASH: Final = (
    Cell(name="cash-delta", label="₹ per +1 %", testid="cash-delta"),
    Cell(name="cash-gamma", label="₹ of the next 1 %", testid="cash-gamma"),
    Cell(name="cash-theta", label="₹ per day", testid="cash-theta"),
    Cell(name="cash-vega", label="₹ per vol point", testid="cash-vega"),
)
SMILE: Final = (
    "Under the distribution that the smile implies at the horizon: -dC/dK of the fitted surface"
)
LOGNORMAL: Final = "Under one volatility, that at the money, at the horizon"
GREEK_TIPS: Final = {
    "delta": "Units of the underlying: ₹ per point",
    "gamma": "Change of delta per point",
    "theta": "₹ per calendar day",
    "vega": "₹ per vol point",
    "rho": "₹ per percentage point of rate",
}
MODEL: Final = "Black-76 on each expiry's forward, every leg with its own volatility"


def build_numbers(state: BuilderState) -> None:
    _Numbers(state)


class _Numbers:
    def __init__(self, state: BuilderState) -> None:
        self._state = state
        with ui.element("div").classes("builder-numbers"):
            self._boards = [
                Board(
                    cells, "builder-board greeks-board" if cells is GREEK_CELLS else "builder-board"
                )
                for cells in (RESULT, CHANCES, COSTS, GREEK_CELLS, CASH)
            ]
            self._note = ui.label().classes("footnote").mark("numbers-note")
        self._margin = MarginWatch(state, self._draw)
        state.on(Topic.PICTURE, self._draw)
        state.on(Topic.DRAFT, self._draw)
        self._draw()

    def _draw(self) -> None:
        picture = self._state.picture if self._state.counted else None
        result, chances, costs, greeks, money = self._boards
        self._put_result(result, picture)
        self._put_chances(chances, picture)
        self._put_costs(costs, picture)
        self._put_greeks(greeks, money, picture)
        for board in self._boards:
            board.flush()
        note = _note(picture)
        if self._note.text != note:
            self._note.set_text(note)

    def _put_result(self, board: Board, picture: Picture | None) -> None:
        summary = picture.summary if picture is not None else None
        why = self._why(picture)
        profit = summary.max_profit if summary else nan
        loss = summary.max_loss if summary else nan
        where = _where(picture)
        _money(board, "max-profit", profit, tip=why or f"{where}, {COUNTED}")
        _money(board, "max-loss", loss, tip=why or f"{where}, {COUNTED}")
        ratio = summary.reward_risk if summary else nan
        text = f"{ratio:.2f} : 1" if ratio == ratio else formats.DASH
        tip = "Largest profit over largest loss; a dash where one of them is unlimited or unknown"
        board.put("reward-risk", text, tip=tip, raw=ratio)
        roots = summary.breakevens if summary else ()
        far = [f"{formats.quantity(r)} ({_away(r, picture)})" for r in roots]
        nothing = "none" if picture is not None and profit == profit else formats.DASH
        board.put("breakevens", "  ".join(far) or nothing, tip=why or f"{where}, {COUNTED}")

    def _put_chances(self, board: Board, picture: Picture | None) -> None:
        summary = picture.summary if picture is not None else None
        for name, tip in (("smile", SMILE), ("lognormal", LOGNORMAL)):
            chance = getattr(summary, f"pop_{name}", nan)
            mean = getattr(summary, f"expected_{name}", nan)
            why = self._why(picture) or ("" if chance == chance else "No volatility is known yet")
            said = f"Probability of a profit, {COUNTED}. {tip}"
            board.put(f"pop-{name}", formats.percent(chance, 1), tip=why or said, raw=chance)
            _money(
                board,
                f"ev-{name}",
                mean,
                tip=why or f"Mean result, not discounted, {COUNTED}. {tip}",
            )

    def _put_costs(self, board: Board, picture: Picture | None) -> None:
        summary = picture.summary if picture is not None else None
        why = self._why(picture)
        pnl = summary.pnl if summary else nan
        _money(board, "pnl", pnl, tip=why or "At the middle of the quotes, after charges to enter")
        premium = summary.net_premium if summary else nan
        way = "received" if premium > 0 else "paid" if premium < 0 else ""
        _money(board, "premium", premium, extra=way, tip=why or "For the options, at entry prices")
        self._put_margin(board, picture)
        fees = picture.charges if picture is not None else None
        tip = why or (picture.charges_problem if picture is not None else "")
        if picture is not None and fees is not None:
            tip = charges_tip(picture, fees)
        total = f"₹{formats.price(float(fees.total))}" if fees is not None else formats.DASH
        raw = float(fees.total) if fees is not None else nan
        board.put("charges", total, tip=tip, raw=raw)

    def _put_margin(self, board: Board, picture: Picture | None) -> None:
        answer = self._margin.answer if picture is not None else None
        total = answer.total if answer is not None else None
        if answer is None or total is None:
            waiting = "Asked for when the legs have come to rest"
            tip = self._why(picture) or (answer.problem if answer is not None else waiting)
            board.put("margin", formats.DASH, tip=tip)
            return
        lines = [answer.label]
        if answer.estimate is not None:
            lines += margin_lines(answer.estimate)
        if answer.broker is not None:
            lines.append(f"Before the legs' benefit {rupees(float(answer.broker.required))}")
        if answer.problem:
            lines.append(answer.problem)
        source = "broker" if answer.broker is not None else "estimate"
        board.put("margin", rupees(total), extra=source, tip="\n".join(lines), raw=total)

    def _put_greeks(self, board: Board, money: Board, picture: Picture | None) -> None:
        summary = picture.summary if picture is not None else None
        why = self._why(picture)
        for name in GREEKS:
            value = getattr(summary.greeks, name) if summary else nan
            digits = 4 if name == "gamma" and abs(value) < 100 else 1
            text = formats.signed(value, digits)
            board.put(name, text, tip=why or f"{GREEK_TIPS[name]}. {MODEL}", raw=value)
        for name in ("delta", "gamma", "theta", "vega"):
            value = getattr(summary.cash, name) if summary else nan
            _money(money, f"cash-{name}", value, tip=why or MODEL, sign=True)

    def _why(self, picture: Picture | None) -> str:
        """Why there are no numbers; empty where there are."""
        if picture is not None:
            unpriced = [leg.title for leg in picture.legs if leg.price != leg.price]
            return f"No entry price: {', '.join(unpriced)}" if unpriced else ""
        if not self._state.legs:
            return "There are no legs yet"
        if not self._state.counted:
            return "None of the legs counts: see what is said under each"
        return "The market is not known yet"


def _money(
    board: Board, name: str, value: float, *, tip: str, extra: str = "", sign: bool = False
) -> None:
    text = rupees(value) if value == value else formats.DASH
    if value in (inf, -inf):
        text = "Unlimited"
    plus = "+" if sign and 0 < value < inf else ""
    board.put(name, plus + text, tone=tone(value), extra=extra, tip=tip, raw=value)


def _away(root: float, picture: Picture | None) -> str:
    return formats.signed_percent(root / picture.market.spot - 1, 1) if picture is not None else ""


def _where(picture: Picture | None) -> str:
    if picture is None:
        return ""
    at = picture.summary.horizon.astimezone(IST)
    how = "exact" if picture.summary.exact else "later legs on the fitted surface"
    return f"At the close of {at:%d %b %Y} ({how})"


def _note(picture: Picture | None) -> str:
    if picture is None:
        return ""
    band = f" Band of later legs: {picture.band.words}." if picture.band is not None else ""
    return f"{_where(picture)}. {MODEL}. Results are {COUNTED}.{band}"
