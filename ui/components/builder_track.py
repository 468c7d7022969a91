"""The builder's panel "track"."""

from ui.builder.state import BuilderState
from ui.components.empty_state import empty_state


def build_track(state: BuilderState) -> None:
    empty_state("Not built yet.")
