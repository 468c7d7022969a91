"""The builder's panel "payoff"."""

from ui.builder.state import BuilderState
from ui.components.empty_state import empty_state


def build_payoff(state: BuilderState) -> None:
    empty_state("Not built yet.")
