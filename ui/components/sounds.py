"""Sounds: a tone for what happens to orders, as the user has chosen; silent until he wants them."""

from collections.abc import Iterable, Mapping
from typing import Final

from nicegui import ui

from core.ids import LOCAL_USER
from core.ports.repositories import PreferenceRepository
from core.state.notices import Notice
from core.trading.events import OrderEvent

TONES: Final = {
    "": "Silent",
    "tick": "Tick",
    "chime": "Chime, rising",
    "fall": "Two tones, falling",
    "alarm": "Alarm",
}
"""By the name of the file, from the least to the most urgent."""
USUAL: Final[Mapping[OrderEvent, str]] = {
    OrderEvent.FILLED: "chime",
    OrderEvent.PARTLY: "tick",
    OrderEvent.REJECTED: "fall",
    OrderEvent.ENDED: "fall",
    OrderEvent.NO_ANSWER: "alarm",
    OrderEvent.FOUND: "chime",
    OrderEvent.LOST: "fall",
    OrderEvent.ELSEWHERE: "tick",
    OrderEvent.DIFFERENCE: "alarm",
}
ON, VOLUME = "sounds.on", "sounds.volume"
USUAL_VOLUME: Final = 60
URGENCY: Final = list(TONES)


def kept_as(event: OrderEvent) -> str:
    """The name of the preference that holds an event's tone."""
    return f"sounds.{event.name.lower()}"


class Sounds(ui.element, component="sounds.js"):
    def __init__(self, preferences: PreferenceRepository) -> None:
        super().__init__()
        self._preferences = preferences
        self.played: list[tuple[str, float]] = []

    async def tell(self, notices: Iterable[Notice]) -> None:
        """Play the most urgent tone of what is new, if the user wants sounds at all."""
        told = {each.event: each.number for each in notices if each.event}
        if not told:
            return
        kept = await self._preferences.all(LOCAL_USER)
        if kept.get(ON) is not True:
            return
        tones = [tone_of(OrderEvent(event), kept) for event in told]
        if name := max(tones, key=URGENCY.index):
            self.play(name, volume_of(kept), once=str(max(told.values())))

    def play(self, name: str, volume: float, *, once: str = "") -> None:
        """`volume` from 0 to 1; of several pages that are told the same `once`, one plays."""
        self.played.append((name, volume))
        self.run_method("play", name, volume, once)


def tone_of(event: OrderEvent, kept: Mapping[str, object]) -> str:
    chosen = kept.get(kept_as(event))
    return chosen if isinstance(chosen, str) and chosen in TONES else USUAL[event]


def volume_of(kept: Mapping[str, object]) -> float:
    chosen = kept.get(VOLUME)
    percent = chosen if isinstance(chosen, int) and 0 <= chosen <= 100 else USUAL_VOLUME
    return percent / 100
