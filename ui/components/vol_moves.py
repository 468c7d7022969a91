"""The move that each expiry's options expect, and India VIX beside its method on our chains."""

from collections.abc import Sequence
from datetime import date
from math import nan
from typing import Final

from core.analytics.sides import CALL, PUT
from core.analytics.straddle import expected_move, straddle, straddle_move
from core.services.chain_picture import ChainPicture
from core.services.volatility_view import VolatilityView, vix_of
from ui.components.board import Board
from ui.components.board import Cell as Figure
from ui.components.data_table import Column, DataTable, Row
from ui.components.vol_past import IndexNow
from ui.theme import formats
from ui.theme.colors import tone

PART: Final = 0.85
COLUMNS: Final = (
    Column(name="expiry", title="Expiry"),
    Column(
        name="straddle",
        title="Straddle",
        classes="num",
        tip="Call and put at the strike nearest the forward, mids, points",
    ),
    Column(name="part", title="× 0.85", classes="num", tip="0.85 of the straddle, points"),
    Column(
        name="sigma",
        title="1 σ",
        classes="num",
        tip="Forward × ATM volatility × √time: about 68 % of closes, points",
    ),
    Column(name="share", title="1 σ %", classes="num", tip="Of the forward"),
    Column(name="low", title="Low", classes="num", tip="Forward less 1 σ"),
    Column(name="high", title="High", classes="num", tip="Forward plus 1 σ"),
)
INDEX: Final = "As NSE publishes it for NIFTY"
METHOD: Final = (
    "NSE's method on our chains: bid and ask out of the money of the near and next month, "
    "interpolated to 30 days"
)
FIGURES: Final = (
    Figure(name="index", label="India VIX", testid="vix-index"),
    Figure(name="ours", label="By its method", testid="vix-ours"),
    Figure(name="apart", label="Difference", testid="vix-difference"),
)


class MovesPanel:
    def __init__(self) -> None:
        self.board = Board(FIGURES, "vol-figures vol-vix")
        self.table = DataTable("move", COLUMNS, empty="No expiry yet.")

    def show(self, view: VolatilityView, vix: IndexNow, months: Sequence[date]) -> None:
        """`months` are the near and next one of the index's method."""
        self._put_vix(view, vix, months)
        self.table.show([self._row(view, picture) for picture in view.pictures])

    def clear(self) -> None:
        self.table.show([])

    def _put_vix(self, view: VolatilityView, index: IndexNow, months: Sequence[date]) -> None:
        put, price, vix = self.board.put, formats.price, index.points
        lacking = "" if vix > 0 else "No price of India VIX at that moment"
        tone_now = "stale" if index.stale else ""
        put("index", price(vix), raw=vix, tone=tone_now, tip=lacking or index.why or INDEX)
        pictures = [view.picture(each) for each in months]
        ours = vix_of(pictures[0], pictures[1]) if len(pictures) == 2 else nan
        days = " and ".join(formats.short_day(each) for each in months)
        why = _why(view, months)
        put(
            "ours",
            price(ours),
            raw=ours,
            extra=f"{view.symbol} {days}" if ours == ours else why,
            extra_tone="faint",
            tip=METHOD if ours == ours else why,
        )
        apart = ours - vix if view.symbol == "NIFTY" else nan
        tip = "By its method less the index" if apart == apart else "The index is of NIFTY only"
        put("apart", formats.signed(apart), raw=apart, tone=tone(apart), tip=tip)
        self.board.flush()

    @staticmethod
    def _row(view: VolatilityView, picture: ChainPicture) -> Row:
        at, price = picture.atm, picture.price
        paid = straddle(float(price[CALL, at]), float(price[PUT, at])) if at >= 0 else nan
        vol, forward = view.atm_vol(picture.expiry), picture.forward
        move = expected_move(forward, vol, picture.years)
        return Row(
            picture.expiry.isoformat(),
            (
                formats.short_day(picture.expiry),
                formats.price(paid, 1),
                formats.price(straddle_move(paid, PART), 1),
                formats.price(move, 1),
                formats.percent(move / forward),
                formats.price(forward - move, 0),
                formats.price(forward + move, 0),
            ),
        )


def _why(view: VolatilityView, months: Sequence[date]) -> str:
    """Why the method has no result."""
    if len(months) < 2:
        return f"{view.symbol} has not two monthly expiries"
    absent = [formats.short_day(each) for each in months if view.picture(each) is None]
    kind = "open" if view.live else "recorded then"
    return f"{' and '.join(absent)} not {kind}" if absent else "too few quotes"
