"""The builder's panel "portfolio"."""

from ui.builder.state import BuilderState
from ui.components.empty_state import empty_state


def build_portfolio(state: BuilderState) -> None:
    empty_state("Not built yet.")
