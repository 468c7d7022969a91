"""The builder's panel "legs"."""

from ui.builder.state import BuilderState
from ui.components.empty_state import empty_state


def build_legs(state: BuilderState) -> None:
    empty_state("Not built yet.")
