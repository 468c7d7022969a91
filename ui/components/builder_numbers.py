"""The builder's panel "numbers"."""

from ui.builder.state import BuilderState
from ui.components.empty_state import empty_state


def build_numbers(state: BuilderState) -> None:
    empty_state("Not built yet.")
