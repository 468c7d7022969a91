"""The structures of the premium page: one is edited and drawn as candles, up to four as lines."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from core.analytics.premium import Pick, PremiumLeg
from core.analytics.sides import CALL, PUT
from core.instruments.instrument import strike_text
from ui.components.premium_chart import COLOURS
from ui.components.premium_source import Premium
from ui.components.premium_structures import (
    MOST,
    MOST_LEGS,
    RIGHTS,
    TARGETS,
    Chosen,
    Kind,
    changed,
)
from ui.theme import formats
from ui.theme.colors import tone

Floats = NDArray[np.float64]

PICKS: Final = {Pick.STEPS: "Strikes away", Pick.DELTA: "Delta", Pick.PREMIUM: "Premium ₹"}
STEP: Final = {Pick.STEPS: 1.0, Pick.DELTA: 0.05, Pick.PREMIUM: 5.0}
LEAST: Final = {Pick.STEPS: 1.0, Pick.DELTA: 0.01, Pick.PREMIUM: 1.0}
HIGHEST: Final = {Pick.STEPS: 60.0, Pick.DELTA: 0.9, Pick.PREMIUM: 1e5}
AROUND: Final = 60
"""Strikes to either side of the money that can be chosen; and those already chosen."""
MOST_OF_ONE: Final = 20.0
PROPS: Final = "outlined dense options-dense hide-bottom-space"


class PremiumEditor:
    """`on_change` hears the new structures and which is active; built where it is made."""

    def __init__(
        self,
        chosen: Sequence[Chosen],
        active: int,
        *,
        on_change: Callable[[list[Chosen], int], object],
        on_build: Callable[[], object],
    ) -> None:
        self.chosen, self.active = list(chosen) or [Chosen()], active
        self._on_change, self._on_build = on_change, on_build
        self._strikes: Floats = np.empty(0)
        self._atm = -1
        self._numbers: list[tuple[ui.label, ui.label]] = []
        self._box = ui.element("div").classes("premium-editor")

    @property
    def current(self) -> Chosen:
        return self.chosen[self.active]

    def lay(self, strikes: Floats, atm: int, chosen: Sequence[Chosen] | None = None) -> None:
        """Another chain: its strikes, and the structures kept for it."""
        self._strikes, self._atm = strikes, atm
        if chosen is not None:
            self.chosen = list(chosen) or [Chosen()]
            self.active = min(self.active, len(self.chosen) - 1)
        self._build()

    def put(self, premiums: Sequence[Premium]) -> None:
        """The values as they are now."""
        for premium, (value, change) in zip(premiums, self._numbers, strict=False):
            series = premium.series
            known = series.value[np.isfinite(series.value)] if series is not None else np.empty(0)
            now = float(series.value[-1]) if series is not None and known.size else float("nan")
            moved = now - float(known[0]) if known.size else float("nan")
            value.set_text(premium.problem or formats.price(now))
            change.set_text("" if premium.problem else formats.signed(moved))
            change.classes(replace=f"num change {tone(moved)}")

    # building
    def _build(self) -> None:
        self._box.clear()
        self._numbers = []
        with self._box:
            for number, chosen in enumerate(self.chosen):
                self._card(number, chosen)
            with ui.element("div").classes("premium-acts"):
                if len(self.chosen) < MOST:
                    self._act("add", "Add a structure", "premium-add", self._add)
                self._act("construction", "Open in builder", "premium-build", self._on_build)

    def _card(self, number: int, chosen: Chosen) -> None:
        here = number == self.active
        with (
            ui.element("div")
            .classes("premium-card here" if here else "premium-card")
            .props(f'data-testid="premium-card-{number}"')
        ):
            with ui.element("div").classes("premium-card-head"):
                with (
                    ui.element("button")
                    .classes("premium-name")
                    .props(f'data-testid="premium-pick-{number}" aria-pressed={str(here).lower()}')
                    .on("click", lambda: self._activate(number))
                ):
                    ui.element("i").style(f"background: {COLOURS[number]}")
                    ui.label(chosen.title).classes("title")
                with ui.element("span").classes("premium-value"):
                    value = ui.label(formats.DASH).classes("num")
                    value.props(f'data-testid="premium-value-{number}"')
                    change = ui.label().classes("num change")
                self._numbers.append((value, change))
                if len(self.chosen) > 1:
                    self._icon("close", "Remove", f"premium-remove-{number}", self._remove, number)
            if here:
                self._controls(chosen)

    def _controls(self, chosen: Chosen) -> None:
        with ui.element("div").classes("premium-controls"):
            self._segments(
                {kind.value: kind.capitalize() for kind in Kind}, chosen.kind, self._turn
            )
            if chosen.kind is not Kind.LEGS:
                modes = {"rolling": "Rolling", "fixed": "Fixed"}
                self._segments(modes, "rolling" if chosen.rolling else "fixed", self._roll)
            if chosen.rolling:
                self._rolling(chosen)
            elif chosen.kind is Kind.STRADDLE:
                self._strike("Strike", "premium-strike", chosen.legs, [0, 1])
            elif chosen.kind is Kind.STRANGLE:
                self._strike("Call strike", "premium-call", chosen.legs, [0])
                self._strike("Put strike", "premium-put", chosen.legs, [1])
            else:
                self._leg_rows(chosen.legs)

    def _rolling(self, chosen: Chosen) -> None:
        if chosen.kind is Kind.STRADDLE:
            ui.label("Call and put nearest the forward, chosen anew each minute").classes("note")
            return
        self._segments({p.value: name for p, name in PICKS.items()}, chosen.by, self._pick)
        self._number(
            PICKS[chosen.by],
            "premium-target",
            chosen.target,
            lambda value: self._set(replace(chosen, target=_within(chosen.by, value))),
            STEP[chosen.by],
        )

    def _leg_rows(self, legs: tuple[PremiumLeg, ...]) -> None:
        with ui.element("div").classes("premium-legs"):
            for at, leg in enumerate(legs):
                self._leg_row(at, leg)
        if len(legs) < MOST_LEGS:
            self._act("add", "Leg", "premium-leg-add", self._add_leg)

    def _leg_row(self, at: int, leg: PremiumLeg) -> None:
        def ratio(value: float) -> None:
            wanted = float(np.clip(round(value), -MOST_OF_ONE, MOST_OF_ONE))
            self._leg(at, replace(leg, ratio=wanted or 1.0))

        self._number("Ratio", f"premium-leg-{at}-ratio", leg.ratio, ratio, 1.0)
        ui.select(
            self._listed(leg.strike),
            value=leg.strike,
            on_change=lambda e: self._leg(at, replace(leg, strike=float(e.value))),
        ).props(f'{PROPS} data-testid="premium-leg-{at}-strike" aria-label="Strike"')
        with (
            ui.element("button")
            .classes("button")
            .props(f'data-testid="premium-leg-{at}-side" title="Call or put"')
            .on(
                "click", lambda: self._leg(at, replace(leg, side=PUT if leg.side == CALL else CALL))
            )
        ):
            ui.label(RIGHTS[leg.side])
        self._icon("close", "Remove the leg", f"premium-leg-{at}-remove", self._drop_leg, at)

    def _strike(
        self, label: str, name: str, legs: tuple[PremiumLeg, ...], places: list[int]
    ) -> None:
        if len(legs) <= max(places):
            ui.label("The strikes of this chain are not known yet").classes("note")
            return
        now = legs[places[0]].strike

        def move(value: float) -> None:
            new = [replace(leg, strike=value) if i in places else leg for i, leg in enumerate(legs)]
            self._set(replace(self.current, legs=tuple(new)))

        with ui.element("label").classes("premium-field"):
            ui.label(label)
            self._icon(
                "chevron_left", "Next lower", f"{name}-lower", lambda: move(self._next(now, -1))
            )
            ui.select(self._listed(now), value=now, on_change=lambda e: move(float(e.value))).props(
                f'{PROPS} data-testid="{name}" aria-label="{label}"'
            )
            self._icon(
                "chevron_right", "Next higher", f"{name}-higher", lambda: move(self._next(now, 1))
            )

    # small parts
    def _segments(self, names: dict[str, str], value: str, then: Callable[[str], object]) -> None:
        with ui.element("div").classes("segments").props('role="group"'):
            for each, name in names.items():
                button = ui.element("button").props(f'data-testid="premium-set-{each}"')
                button.on("click", lambda each=each: then(each))
                with button:
                    ui.label(name)
                if each == value:
                    button.classes("here")

    def _number(
        self, label: str, name: str, value: float, then: Callable[[float], object], step: float
    ) -> None:
        def heard(event: Any) -> None:
            if event.value is not None and float(event.value) != value:
                then(float(event.value))

        with ui.element("label").classes("premium-field"):
            if label != "Ratio":
                ui.label(label)
            field = ui.number(value=value, step=step, format="%g", on_change=heard)
            field.props(f'{PROPS} debounce=500 data-testid="{name}" aria-label="{label}"')

    def _act(self, icon: str, text: str, name: str, then: Callable[[], object]) -> None:
        button = ui.element("button").classes("button").props(f'data-testid="{name}"')
        with button.on("click", lambda: then()):
            ui.icon(icon)
            ui.label(text)

    def _icon(
        self, icon: str, tip: str, name: str, then: Callable[..., object], *given: object
    ) -> None:
        button = ui.element("button").classes("icon-button")
        button.props(f'type="button" title="{tip}" aria-label="{tip}" data-testid="{name}"')
        with button.on("click", lambda: then(*given)):
            ui.icon(icon)

    def _listed(self, chosen: float) -> dict[float, str]:
        at = max(self._atm, 0)
        near = self._strikes[max(0, at - AROUND) : at + AROUND + 1]
        return {float(k): strike_text(float(k)) for k in np.union1d(near, [chosen])}

    def _next(self, strike: float, by: int) -> float:
        if not self._strikes.size:
            return strike
        at = int(np.searchsorted(self._strikes, strike)) + by
        return float(self._strikes[min(max(at, 0), len(self._strikes) - 1)])

    # what the user does
    def _set(self, new: Chosen) -> None:
        self.chosen[self.active] = new
        self._tell()

    def _tell(self) -> None:
        self._build()
        self._on_change(list(self.chosen), self.active)

    def _activate(self, number: int) -> None:
        self.active = number
        self._tell()

    def _add(self) -> None:
        """Another structure, unlike those that are there."""
        strangle = Chosen(kind=Kind.STRANGLE, target=TARGETS[Pick.STEPS])
        fixed = changed(
            Chosen(), Kind.STRADDLE, rolling=False, strikes=self._strikes, atm=self._atm
        )
        new = next((c for c in (Chosen(), strangle, fixed) if c not in self.chosen), strangle)
        if new in self.chosen:
            new = replace(strangle, target=max(c.target for c in self.chosen) + 1)
        self.chosen.append(new)
        self.active = len(self.chosen) - 1
        self._tell()

    def _remove(self, number: int) -> None:
        del self.chosen[number]
        self.active = min(self.active, len(self.chosen) - 1)
        self._tell()

    def _turn(self, kind: str) -> None:
        self._become(Kind(kind), rolling=self.current.rolling)

    def _roll(self, mode: str) -> None:
        self._become(self.current.kind, rolling=mode == "rolling")

    def _become(self, kind: Kind, *, rolling: bool) -> None:
        self._set(
            changed(self.current, kind, rolling=rolling, strikes=self._strikes, atm=self._atm)
        )

    def _pick(self, by: str) -> None:
        self._set(replace(self.current, by=Pick(by), target=TARGETS[Pick(by)]))

    def _leg(self, at: int, leg: PremiumLeg) -> None:
        legs = list(self.current.legs)
        legs[at] = leg
        self._set(replace(self.current, legs=tuple(legs)))

    def _drop_leg(self, at: int) -> None:
        legs = [leg for i, leg in enumerate(self.current.legs) if i != at]
        self._set(replace(self.current, legs=tuple(legs)))

    def _add_leg(self) -> None:
        if self._atm < 0:
            return
        at_the_money = PremiumLeg(side=CALL, strike=float(self._strikes[self._atm]), ratio=-1.0)
        last = self.current.legs[-1] if self.current.legs else at_the_money
        new = PremiumLeg(side=last.side, strike=self._next(last.strike, 1), ratio=-last.ratio)
        self._set(replace(self.current, legs=(*self.current.legs, new)))


def _within(by: Pick, value: float) -> float:
    """A target that makes sense; whole strikes."""
    wanted = round(value) if by is Pick.STEPS else value
    return float(min(max(wanted, LEAST[by]), HIGHEST[by]))
