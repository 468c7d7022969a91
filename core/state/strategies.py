"""Strategies now: the groups, and what each of them is worth."""

from dataclasses import dataclass, field
from datetime import datetime

from core.trading.exit_rules import Numbers
from core.trading.groups import StrategyGroup
from core.trading.ledger import Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """At the last look. `held_back` says why no exit could be sent now; `lacking` are
    units that the group claims and that are not really held."""

    at: datetime
    numbers: Numbers
    held_back: str = ""
    lacking: dict[Holding, int] = field(default_factory=dict)


@dataclass(slots=True)
class StrategyState:
    """`revision` counts changes of groups, `looked` the looks at prices."""

    groups: dict[str, StrategyGroup] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    revision: int = 0
    looked: int = 0

    def shown(self) -> list[StrategyGroup]:
        """Those that are not dissolved, the open ones first, then the newest."""
        found = [each for each in self.groups.values() if not each.dissolved]
        return sorted(found, key=lambda g: (not g.is_open, -g.created_at.timestamp(), g.id))

    def active(self) -> list[StrategyGroup]:
        """The same that have something open, the oldest first."""
        found = [each for each in self.groups.values() if each.is_open]
        return sorted(found, key=lambda g: (g.created_at, g.id))

    def put(self, group: StrategyGroup) -> None:
        if self.groups.get(group.id) != group:
            self.groups[group.id] = group
            self.revision += 1
