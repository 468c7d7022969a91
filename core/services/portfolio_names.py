"""Which strategies own parts of which holding, for the portfolio."""

from collections.abc import Callable, Mapping
from typing import Protocol

from core.state.strategies import StrategyState
from core.trading.groups import StrategyGroup
from core.trading.ledger import Holding


class Names(Protocol):
    """`revision` grows when `names` may give something else."""

    @property
    def revision(self) -> int: ...
    def names(self) -> Mapping[Holding, tuple[str, ...]]: ...


class StrategyNames:
    """From the groups: open ones by what they hold, closed ones by what they held."""

    def __init__(self, state: StrategyState, title: Callable[[StrategyGroup], str]) -> None:
        self._state, self._title = state, title

    @property
    def revision(self) -> int:
        return self._state.revision

    def names(self) -> Mapping[Holding, tuple[str, ...]]:
        """An open group goes before those that have closed their part."""
        now: dict[Holding, list[str]] = {}
        before: dict[Holding, list[str]] = {}
        for group in self._state.shown():
            held, title = group.held(), self._title(group)
            for lot in {lot.holding: lot for lot in group.lots}.values():
                into = now if lot.holding in held else before
                into.setdefault(lot.holding, []).append(title)
        return {at: tuple(names) for at, names in (before | now).items()}
