"""What the builder's panels hear of, and the curves that they lay over the pay-off."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.strategies.valuation import Floats


class Topic(StrEnum):
    DRAFT = "draft"  # legs, name, problems
    MARKET = "market"  # view and market, at most once a second
    PICTURE = "picture"  # new curves and figures
    OVERLAYS = "overlays"  # curves that other panels lay over the pay-off


class Listeners:
    """Calls of one visit; they end with it."""

    def __init__(self) -> None:
        self._heard: dict[Topic, list[Callable[[], object]]] = {topic: [] for topic in Topic}

    def on(self, topic: Topic, then: Callable[[], object]) -> None:
        self._heard[topic].append(then)

    def tell(self, topic: Topic) -> None:
        for then in self._heard[topic]:
            then()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Another position's result in rupees over `spots`, at its own expiry."""

    name: str
    spots: Floats
    values: Floats
