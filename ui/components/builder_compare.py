"""The builder's panel "compare"."""

from ui.builder.state import BuilderState
from ui.components.empty_state import empty_state


def build_compare(state: BuilderState) -> None:
    empty_state("Not built yet.")
