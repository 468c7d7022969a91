"""The builder's panel "suggest"."""

from ui.builder.state import BuilderState
from ui.components.empty_state import empty_state


def build_suggest(state: BuilderState) -> None:
    empty_state("Not built yet.")
