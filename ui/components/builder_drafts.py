"""The builder's panel "drafts"."""

from ui.builder.state import BuilderState
from ui.components.empty_state import empty_state


def build_drafts(state: BuilderState) -> None:
    empty_state("Not built yet.")
