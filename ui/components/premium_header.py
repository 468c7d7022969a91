"""The headline numbers of one premium: what it is now, how it moved, what it needs."""

from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.premium import PremiumSeries
from core.analytics.premium_bars import PremiumBars, bars
from core.analytics.premium_figures import breakevens
from core.analytics.straddle import expected_move
from core.services.chain_picture import ChainPicture
from ui.components.board import Board, Cell
from ui.components.premium_source import Premium, PremiumSource
from ui.components.premium_structures import RIGHTS, legs_at
from ui.theme import formats
from ui.theme.colors import tone

Floats = NDArray[np.float64]

CELLS: Final = (
    Cell(name="now", label="Premium", testid="premium-now"),
    Cell(name="open", label="Since open", testid="premium-since-open"),
    Cell(name="close", label="Since prev. close", testid="premium-since-close"),
    Cell(name="vwap", label="VWAP", testid="premium-vwap"),
    Cell(name="high", label="High", testid="premium-high"),
    Cell(name="low", label="Low", testid="premium-low"),
    Cell(name="iv", label="IV", testid="premium-iv"),
    Cell(name="even", label="Breakevens", testid="premium-breakevens"),
    Cell(name="move", label="Exp. move", testid="premium-move"),
    Cell(name="spot", label="Spot", testid="premium-spot"),
    Cell(name="strikes", label="Strikes", testid="premium-strikes"),
)
NO_MINUTE: Final = "No minute of this structure is known yet"


class PremiumHeader:
    def __init__(self, source: PremiumSource) -> None:
        self._source = source
        self.board = Board(CELLS, "chain-header premium-header")

    def show(self, premium: Premium, picture: ChainPicture) -> None:
        series = None if premium.problem else premium.series
        minutes = bars(series, 1, 0) if series is not None else None
        if series is None or minutes is None or not len(minutes.starts):
            for cell in CELLS:
                self.board.put(cell.name, formats.DASH, tip=premium.problem or NO_MINUTE)
        else:
            self._put_level(premium, series, minutes, picture)
            self._put_needs(premium, series, picture)
        self.board.flush()

    def _put_level(
        self, premium: Premium, series: PremiumSeries, minutes: PremiumBars, picture: ChainPicture
    ) -> None:
        now, strikes = last(series.value), series.strikes[-1]
        grey = "stale" if self._source.stale else ""
        side = " (credit)" if now < 0 else ""
        self.board.put(
            "now",
            formats.price(now),
            tone=grey,
            extra=f"₹{formats.quantity(now * picture.lot_size)}/lot{side}",
            extra_tone="faint",
            tip=f"{_priced(series)}, per unit; a lot is {picture.lot_size}",
            raw=now,
        )
        first = np.flatnonzero(np.isfinite(series.value))[0]
        opened = float(series.value[first])
        at = formats.clock_time(_moment(int(series.minutes[first])))[:5]
        rolled = premium.chosen.rolling
        same = "; with the strikes of either time" if rolled else ""
        self._change("open", now, opened, f"Since the day's first known minute, {at}{same}")
        before, said = self._source.previous_close(premium.chosen, strikes)
        words = f"Since the session before: {said}; these strikes both times"
        self._change("close", now, before, words if before == before else f"Unknown: {said}")
        volume = bool(np.nansum(series.volume) > 0)
        tip = "Since the first known minute, by the volume of all legs"
        average = last(minutes.vwap)
        self._number("vwap", average, tip if volume else "Nothing has traded in a known minute")
        self._number("high", float(np.nanmax(minutes.high)), "Of the ends of known minutes")
        self._number("low", float(np.nanmin(minutes.low)), "Of the ends of known minutes")

    def _put_needs(self, premium: Premium, series: PremiumSeries, picture: ChainPicture) -> None:
        chosen, strikes, put = premium.chosen, series.strikes[-1], self.board.put
        volatility = leg_iv(picture, chosen.sides, strikes, chosen.ratios)
        tip = "Mean of the legs' implied volatilities, by their number; Black-76 on the forward"
        put("iv", formats.percent(volatility), tip=tip, raw=volatility)
        found = breakevens(chosen.sides, strikes, chosen.ratios, last(series.value))
        text = " / ".join(formats.price(each, 0) for each in found) or formats.DASH
        away = [formats.signed_percent(each / picture.spot - 1) for each in found]
        tip = f"Of the underlying at expiry, paying this premium; away by {', '.join(away)}"
        put("even", text, tip=tip if found else "None, or a leg has no price")
        move = expected_move(picture.forward, picture.atm_iv, picture.years)
        written = f"±{formats.price(move, 0)}" if move == move else formats.DASH
        put("move", written, tip="One standard deviation to the expiry, in points", raw=move)
        spot = picture.spot
        put("spot", formats.price(spot), raw=spot, tip="Last price of the underlying")
        legs = legs_at(chosen, strikes)
        words = [f"{leg.ratio:+g} {leg.strike:,.10g} {RIGHTS[leg.side]}" for leg in legs]
        short = " / ".join(dict.fromkeys(f"{leg.strike:,.10g}" for leg in legs))
        put("strikes", short or formats.DASH, tip=" · ".join(words) or "Not known now")

    def _change(self, name: str, now: float, before: float, tip: str) -> None:
        change = now - before
        share = change / abs(before) if before else float("nan")
        self.board.put(
            name,
            formats.signed(change),
            tone=tone(change),
            extra=formats.signed_percent(share) if share == share else "",
            extra_tone=tone(change),
            tip=f"{tip}: {formats.price(before)}",
            raw=change,
        )

    def _number(self, name: str, value: float, tip: str) -> None:
        self.board.put(name, formats.price(value), raw=value, tip=tip)


def last(values: Floats) -> float:
    """The last of them; nan for none."""
    return float(values[-1]) if values.size else float("nan")


def leg_iv(picture: ChainPicture, sides: list[int], strikes: Floats, ratios: Floats) -> float:
    """Mean of the legs' volatilities by their number without sign; nan unless all are known."""
    if not np.isfinite(strikes).all() or not np.isin(strikes, picture.strikes).all():
        return float("nan")
    each = picture.iv[sides, np.searchsorted(picture.strikes, strikes)]
    weights = np.abs(ratios)
    return float(each @ weights / weights.sum()) if weights.sum() else float("nan")


def _priced(series: PremiumSeries) -> str:
    return "A leg by its last trade" if series.traded[-1] else "Middle of the quotes of every leg"


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
