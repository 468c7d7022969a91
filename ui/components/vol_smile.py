"""The smile: quoted volatilities, the fitted curve, yesterday's, and how good the fit is."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.sides import CALL, IS_CALL, PUT
from core.analytics.skew import skew
from core.analytics.smile import Curve
from core.analytics.smile_quotes import outside
from core.pricing.greeks import greeks
from core.pricing.normal import cumulative
from core.services.chain_picture import ChainPicture
from core.services.volatility_view import VolatilityView, own_sides
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import CALLS, GHOST, PUTS, Axis, Option, Series, axis, lines
from ui.components.chart_theme import line as line_of
from ui.components.chart_theme import scatter as scatter_of
from ui.components.choices import Choices
from ui.components.segments import Segments
from ui.components.vol_source import Ghost
from ui.theme import formats

Floats = NDArray[np.float64]

AXES: Final = {"strike": "Strike", "moneyness": "ln(K/F)", "delta": "Delta"}
REACH: Final = 4.0
"""Standard deviations to the expiry on either side of the forward that are shown."""
WIDE: Final = 3.0
"""Vol points: an option in the money with a wider half-spread says nothing of volatility."""
FEWEST: Final = 8
"""Strikes on either side that are shown anyhow."""
COLOURS: Final = (
    *("var(--accent)", "var(--warn)", "var(--mode-simulated)", "var(--mode-replay)"),
    *("var(--ask)", "var(--up)", "var(--down)", "var(--txt2)"),
)


class SmilePanel:
    """One expiry with all that is known of it, or several fits over one another."""

    def __init__(self, choices: Choices) -> None:
        self._shown: tuple[object, ...] = ()
        self._last: tuple[VolatilityView, Sequence[date], Mapping[date, Ghost | None]] | None = None
        self.chart = Chart(
            _single("strike"),
            name="smile",
            title="Smile",
            height=None,
            label="Implied volatility by strike",
            empty="No volatility is solved yet: the chain waits for quotes on both sides.",
        )
        with self.chart:
            self._axis = Segments(AXES, choices, "volatility.axis", self._again)

    def show(
        self, view: VolatilityView, chosen: Sequence[date], ghosts: Mapping[date, Ghost | None]
    ) -> None:
        self._last = view, chosen, ghosts
        if not self.chart.shown:
            return
        shown = tuple(each for each in chosen if view.picture(each) is not None)
        kind, self.chart.subject = self._axis.value, view.symbol
        self._shape(kind, shown)
        pictures = [each for each in map(view.picture, shown) if each is not None]
        if len(pictures) == 1:
            self._one(view, pictures[0], ghosts.get(shown[0]), kind)
        else:
            self._several(view, pictures, kind)

    def clear(self) -> None:
        self._last = None
        self.chart.forget()
        self.chart.marks(())

    def _again(self) -> None:
        if self._last is not None:
            self.show(*self._last)

    def _shape(self, kind: str, shown: tuple[date, ...]) -> None:
        wanted = (kind, shown)
        if wanted == self._shown:
            return
        if self._shown:
            self.chart.forget()
        self._shown = wanted
        option = _single(kind) if len(shown) == 1 else _overlaid(kind, shown)
        days = formats.short_day(shown[0]) if len(shown) == 1 else f"{len(shown)} expiries"
        self.chart.set(option, title=f"Smile {days}")

    def _one(
        self, view: VolatilityView, picture: ChainPicture, ghost: Ghost | None, kind: str
    ) -> None:
        smile = view.smile(picture.expiry)
        window = near_money(picture, view.atm_vol(picture.expiry))
        strikes, own = picture.strikes[window], own_sides(picture)
        nothing = np.full(strikes.size, np.nan)
        told = telling(picture, own)[:, window]
        numbers = {
            "calls": told[CALL],
            "puts": told[PUT],
            "mid": outside(own[:, window], strikes, picture.forward),
            "fit": smile.vol(strikes) if smile is not None else nothing,
            "ghost": ghost.smile.vol(strikes) if ghost is not None else nothing,
        }
        x = places(kind, strikes, picture, smile)
        self.chart.push(numbers, x=x, at=picture.at, now=picture.now)
        self.chart.marks(_marks(kind, picture, smile))

    def _several(self, view: VolatilityView, pictures: list[ChainPicture], kind: str) -> None:
        numbers: dict[str, Floats] = {}
        for picture in pictures:
            smile, day = view.smile(picture.expiry), picture.expiry.isoformat()
            window = near_money(picture, view.atm_vol(picture.expiry))
            strikes = picture.strikes[window]
            x = places(kind, strikes, picture, smile)
            quoted = outside(picture.iv[:, window], strikes, picture.forward)
            fit = smile.vol(strikes) if smile is not None else np.full(strikes.size, np.nan)
            numbers[f"fit-{day}"] = np.column_stack([x, fit])
            numbers[f"mid-{day}"] = np.column_stack([x, quoted])
        self.chart.push(numbers, x=np.empty(0), at=view.at, now=view.now)
        self.chart.marks([Mark(at=0.0, label="forward")] if kind == "moneyness" else [])


def telling(picture: ChainPicture, own: Floats) -> Floats:
    """Volatilities (2, strikes), without those in the money whose spread is worth too much."""
    vega = greeks(
        picture.forward, picture.strikes, picture.years, own, picture.discount, IS_CALL
    ).vega
    with np.errstate(invalid="ignore", divide="ignore"):
        tight = 0.5 * (picture.ask - picture.bid) / vega <= WIDE
    inside = np.stack([picture.strikes < picture.forward, picture.strikes > picture.forward])
    return np.where(inside & ~tight, np.nan, own)


def near_money(picture: ChainPicture, vol: float) -> slice:
    """The strikes within `REACH`, at least `FEWEST` on either side of the money."""
    at, last = picture.atm, len(picture.strikes)
    if at < 0 or not vol > 0:
        return slice(0, last)
    far = REACH * vol * np.sqrt(picture.years)
    inside = np.flatnonzero(np.abs(np.log(picture.strikes / picture.forward)) <= far)
    first, end = (int(inside[0]), int(inside[-1])) if inside.size else (at, at)
    return slice(max(0, min(first, at - FEWEST)), min(last, max(end, at + FEWEST) + 1))


def places(kind: str, strikes: Floats, picture: ChainPicture, smile: Curve | None) -> Floats:
    """Where strikes stand on the x axis: themselves, ln(K/F), or the forward delta of the call."""
    if kind == "strike":
        return strikes
    forward = picture.forward
    k = np.log(strikes / forward)
    if kind == "moneyness":
        return k
    if smile is not None:
        vol = smile.vol(strikes)
    else:
        vol = outside(picture.iv[:, np.searchsorted(picture.strikes, strikes)], strikes, forward)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = vol * np.sqrt(picture.years)
        return np.asarray(cumulative(-k / root + 0.5 * root))


def _marks(kind: str, picture: ChainPicture, smile: Curve | None) -> list[Mark]:
    wanted = [("spot", picture.spot, "--txt2"), ("fwd", picture.forward, "--accent")]
    if smile is not None:
        found = skew(smile)
        wanted += [("25Δ P", found.put25_strike, "--up"), ("25Δ C", found.call25_strike, "--down")]
    strikes = np.array([strike for _, strike, _ in wanted])
    at = places(kind, strikes, picture, smile) if smile is not None or kind != "delta" else strikes
    return [
        Mark(at=float(x), label=f"{name} {formats.price(strike, 0)}", colour=colour)
        for x, (name, strike, colour) in zip(at, wanted, strict=True)
        if np.isfinite(x) and (kind != "delta" or 0 < x < 1)
    ]


def _axis(kind: str) -> Axis:
    if kind == "delta":
        name = "Forward delta: puts left, calls right"
        return axis("wing", name=name, inverse=True, min=0.02, max=0.98)
    return axis("strike") if kind == "strike" else axis("logMoney", name="ln(strike / forward)")


def _single(kind: str) -> Option:
    return lines(
        [
            scatter_of("calls", "Calls", "share", colour=f"{CALLS} / 70%", size=4),
            scatter_of("puts", "Puts", "share", colour=f"{PUTS} / 70%", size=4),
            line_of("mid", "Out of the money, mid", "share", colour="var(--txt2)", width=1),
            line_of("fit", "SVI fit", "share", colour="var(--accent)", width=2),
            line_of("ghost", "Previous session", "share", colour=GHOST, dashed=True),
        ],
        x=_axis(kind),
        y=axis("shareShort"),
    )


def _overlaid(kind: str, days: Sequence[date]) -> Option:
    series: list[Series] = []
    for at, day in enumerate(days):
        colour = COLOURS[at % len(COLOURS)]
        name = formats.short_day(day)
        series.append(line_of(f"fit-{day}", f"{name} fit", "share", colour=colour, width=2))
        series.append(scatter_of(f"mid-{day}", f"{name} mid", "share", colour=colour, size=3))
    return lines(series or _single(kind)["series"], x=_axis(kind), y=axis("shareShort"))
