"""The builder's pay-off: at expiry, today and on any day, with strikes that can be dragged."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final

import numpy as np
from nicegui import ui

from core.clock import IST
from core.errors import AppError
from core.instruments.instrument import strike_text
from core.state.market import Col
from core.strategies.legs import Leg
from core.strategies.picture import Picture
from core.strategies.valuation import Sticky
from core.strategies.wording import rupees
from ui.builder import edits
from ui.builder.laid import Laid
from ui.builder.topics import Overlay, Topic
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import GHOST, Option, line, payoff
from ui.components.segments import Segments
from ui.theme import formats

STEPS: Final = 240
"""Of the date slider."""
POINTS: Final = 15
"""Vol points that the other slider reaches, in halves."""
EMPTY: Final = "Add legs: their pay-off is drawn here"
COLOURS: Final = ("--mode-simulated", "--mode-replay", "--ask", "--txt2")
"""Of other positions laid over this one."""
SLIDERS: Final = (
    {
        "name": "days-ahead",
        "low": 0,
        "high": STEPS,
        "title": "Date",
        "tip": "The day of the dashed curve, up to the close of the last leg",
        "back": "Back to now",
    },
    {
        "name": "iv-shift",
        "low": -2 * POINTS,
        "high": 2 * POINTS,
        "title": "Volatility shift",
        "tip": "Vol points on top of every volatility, in the dashed curve",
        "back": "No shift",
    },
)
STICKY: Final[dict[str, str]] = {Sticky.STRIKE: "strike", Sticky.DELTA: "delta"}
STICKY_TIP: Final = (
    "How the smile moves with the spot. Sticky strike: a strike keeps its volatility. "
    "Sticky delta: a moneyness keeps its volatility."
)


class Sliders(ui.element, component="builder_sliders.js"):
    """`on_move(positions)` hears them by name; `say` writes what they stand for."""

    def __init__(self, on_move: Callable[[dict[str, Any]], object]) -> None:
        super().__init__()
        self.said: dict[str, str] = {}
        self._at: dict[str, int] = {}
        self._props["sliders"] = list(SLIDERS)
        self.on("move", lambda event: on_move(event.args))
        self.on("ready", self._tell)

    def say(self, said: dict[str, str], at: dict[str, int]) -> None:
        if (said, at) != (self.said, self._at):
            self.said, self._at = said, at
            self._tell()

    def _tell(self) -> None:
        if self.client.has_socket_connection:
            self.run_method("show", self.said, self._at)


def build_payoff(state: Laid) -> None:
    _Payoff(state)


class _Payoff:
    def __init__(self, state: Laid) -> None:
        self._state = state
        self._shape: tuple[object, ...] = ()
        self._drags = 0
        with ui.element("div").classes("builder-payoff"):
            self._chart = Chart(
                _option(None, ()),
                name="payoff",
                height=None,
                empty=EMPTY if state.draggable else state.nothing[0],
                label="Profit and loss over the price of the underlying",
                on_drag=self._dragged,
            )
            self._sliders = Sliders(self._moved)
            with self._sliders, ui.element("div").classes("sticky").props(f'title="{STICKY_TIP}"'):
                ui.label("Sticky")
                Segments(STICKY, state.choices, "builder.sticky", state.look)
        for topic in (Topic.PICTURE, Topic.OVERLAYS, Topic.DRAFT):
            state.on(topic, self._draw)
        self._say()

    # what the hand does
    def _moved(self, at: dict[str, Any]) -> None:
        self._state.look_ahead(float(at["days-ahead"]) / STEPS)
        self._state.shift_iv(float(at["iv-shift"]) / 2)
        self._say()

    def _dragged(self, name: str, value: float, done: bool) -> None:
        """The strike and every leg on it go to the nearest one that is listed."""
        state, view = self._state, self._state.view
        if view is None:
            return
        legs = list(state.legs)
        try:
            for at in map(int, name.split(",")):
                legs[at] = edits.nearest_strike(legs[at], view, value)
            if legs != list(state.legs):
                state.put_legs(legs, gesture=f"drag {self._drags}")
        except (AppError, IndexError) as problem:
            if done:
                ui.notify(str(problem), type="negative", position="bottom-right")
        self._drags += done

    # what is drawn
    def _draw(self) -> None:
        picture, overlays = self._state.picture, self._state.overlays
        self._say()
        if picture is None or not self._state.counted:
            self._chart.forget()
            self._chart.marks([])
            return
        self._dress(picture, overlays)
        series = {
            "expiry": picture.expiry,
            "today": picture.today,
            "chosen": picture.chosen if self._shifted else np.full(len(picture.spots), np.nan),
        }
        if picture.band is not None:
            series |= {"low": picture.band.low, "high": picture.band.high}
        for at, other in enumerate(overlays):
            series[f"overlay{at}"] = np.interp(
                picture.spots, other.spots, other.values, np.nan, np.nan
            )
        self._chart.push(series, x=picture.spots, at=self._heard, now=self._state.now)
        self._chart.marks(list(self._marks(picture)))

    @property
    def _shifted(self) -> bool:
        return bool(self._state.ahead or self._state.iv_shift)

    @property
    def _heard(self) -> datetime:
        """When the underlying was heard of last."""
        services, key = self._state.services, self._state.underlying
        received = services.market.get(key, Col.RECEIVED) if key is not None else np.nan
        if not received > 0:
            return self._state.now
        return datetime.fromtimestamp(received / 1000, UTC)

    def _dress(self, picture: Picture, overlays: tuple[Overlay, ...]) -> None:
        """Another set of lines, where another is needed."""
        shape = (self._state.symbol, picture.band is not None, tuple(o.name for o in overlays))
        if shape != self._shape:
            self._shape = shape
            self._chart.subject = self._state.symbol
            self._chart.set(_option(picture, overlays))

    def _marks(self, picture: Picture) -> Iterable[Mark]:
        if len(picture.sigmas):
            far_low, low, high, far_high = picture.sigmas.tolist()
            yield Mark(at=far_low, to=far_high, colour="--accent")
            yield Mark(at=low, to=high, colour="--accent")
            for at, label in ((high, "+1σ"), (far_high, "+2σ")):
                yield Mark(at=at, label=label, colour="--txt3")
        for root in picture.summary.breakevens:
            yield Mark(at=root, label=f"BE {formats.quantity(root)}", colour="--warn")
        for amount in (picture.summary.max_profit, picture.summary.max_loss):
            if isfinite(amount):
                colour = "--up" if amount > 0 else "--down"
                yield Mark(at=amount, axis="y", label=rupees(amount), colour=colour)
        if self._state.pointed is not None:
            pointed = self._state.pointed
            yield Mark(at=pointed, label=formats.quantity(pointed), colour="--accent")
        yield Mark(
            at=picture.market.spot,
            label=formats.quantity(picture.market.spot),
            colour="--strong",
            dashed=False,
        )
        yield from self._strikes(picture)

    def _strikes(self, picture: Picture) -> Iterable[Mark]:
        """One mark a strike, for all legs on it."""
        groups: dict[float, list[int]] = {}
        counted = {id(leg) for leg in self._state.counted}
        for at, leg in enumerate(self._state.legs):
            if leg.strike is not None and id(leg) in counted:
                groups.setdefault(leg.strike, []).append(at)
        for strike, places in groups.items():
            legs = [self._state.legs[at] for at in places]
            yield Mark(
                at=strike,
                label=f"{strike_text(strike)} {' '.join(map(_short, legs))}",
                colour=_colour(legs),
                name=",".join(map(str, places)) if self._state.draggable else "",
            )

    # what the sliders stand for
    def _say(self) -> None:
        state = self._state
        now, when = state.now, state.when
        left = (when - now).total_seconds()
        day = when.astimezone(IST)
        ahead = f"{day:%a %d %b %H:%M} · in {formats.duration(left)}" if state.ahead else "Now"
        points = 100 * state.iv_shift
        self._sliders.say(
            {
                "days-ahead": ahead,
                "iv-shift": f"IV {points:+.1f} pts" if points else "IV as it is",
            },
            {"days-ahead": round(state.ahead * STEPS), "iv-shift": round(2 * points)},
        )


def _option(picture: Picture | None, overlays: Iterable[Overlay]) -> Option:
    others = [line("chosen", "Chosen day", "rupeesLakh", colour="var(--warn)", dashed=True)]
    if picture is not None and picture.band is not None:
        for id, name in (("low", "IV lower"), ("high", "IV higher")):
            others.append(line(id, name, "rupeesLakh", colour=GHOST, dashed=True, width=1))
    for at, each in enumerate(overlays):
        colour = f"var({COLOURS[at % len(COLOURS)]})"
        others.append(line(f"overlay{at}", each.name, "rupeesLakh", colour=colour, width=1.4))
    return payoff(others)


def _short(leg: Leg) -> str:
    """`+1C`, `-2P`."""
    return f"{leg.lots:+d}{'C' if leg.is_call else 'P'}"


def _colour(legs: list[Leg]) -> str:
    if all(leg.is_buy for leg in legs):
        return "--up"
    return "--down" if not any(leg.is_buy for leg in legs) else "--txt2"
