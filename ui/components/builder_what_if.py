"""The builder's panel "what if"."""

from ui.builder.state import BuilderState
from ui.components.empty_state import empty_state


def build_what_if(state: BuilderState) -> None:
    empty_state("Not built yet.")
