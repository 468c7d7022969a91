"""Which tone rings for what happens to orders, and how loud."""

from collections.abc import Mapping
from typing import Final

from nicegui import ui

from core.services import Services
from core.trading.events import OrderEvent
from ui.components.choices import Choices
from ui.components.fields import button, choice_field
from ui.components.sounds import (
    ON,
    TONES,
    USUAL_VOLUME,
    VOLUME,
    Sounds,
    kept_as,
    tone_of,
)

WORDS: Final = {
    OrderEvent.FILLED: "An order is filled",
    OrderEvent.PARTLY: "An order is partly filled",
    OrderEvent.REJECTED: "An order is rejected",
    OrderEvent.ENDED: "Cancelled or expired, not by you",
    OrderEvent.NO_ANSWER: "No answer came: fate unknown",
    OrderEvent.FOUND: "An unknown order is found",
    OrderEvent.LOST: "An order never arrived",
    OrderEvent.ELSEWHERE: "An order is placed elsewhere",
    OrderEvent.DIFFERENCE: "The broker's books differ",
}


class SoundSettings:
    def __init__(self, services: Services, choices: Choices) -> None:
        self._choices = choices
        self.sounds = Sounds(services.preferences)
        with ui.element("div").classes("sound-head"):
            self._on = ui.switch(
                "Ring when something happens to an order",
                value=choices.get(ON, False),
                on_change=lambda e: self._turn(bool(e.value)),
            )
            self._on.props('dense data-testid="sounds-on"').mark("sounds-on")
            with ui.element("label").classes("sound-volume"):
                ui.label("Volume")
                self._volume = (
                    ui.slider(
                        min=0,
                        max=100,
                        step=5,
                        value=choices.get(VOLUME, USUAL_VOLUME),
                        on_change=lambda e: choices.keep(VOLUME, int(e.value)),
                    )
                    .props('dense label data-testid="sounds-volume" aria-label="Volume"')
                    .mark("sounds-volume")
                )
        ui.label(
            "A browser plays nothing before the first click on the page after it was opened."
        ).classes("dim")
        with ui.element("div").classes("sound-list"):
            for event, words in WORDS.items():
                self._line(event, words)

    def _line(self, event: OrderEvent, words: str) -> None:
        name = kept_as(event)
        with ui.element("div").classes("sound-line"):
            choice_field(
                words,
                name.replace(".", "-").replace("_", "-"),
                TONES,
                value=tone_of(event, self._kept(event)),
                on_change=lambda e: self._choices.keep(name, e.value),
            )
            button("", f"hear-{event.name.lower()}", lambda: self.hear(event), icon="volume_up",
                   tip="Hear it")  # fmt: skip

    def _turn(self, on: bool) -> None:
        self._choices.keep(ON, on)
        if on:
            self.hear(OrderEvent.FILLED)

    def hear(self, event: OrderEvent) -> None:
        tone = tone_of(event, self._kept(event))
        if tone:
            self.sounds.play(tone, int(self._volume.value) / 100)

    def _kept(self, event: OrderEvent) -> Mapping[str, object]:
        name = kept_as(event)
        return {name: self._choices.get(name, tone_of(event, {}))}
