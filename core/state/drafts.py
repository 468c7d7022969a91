"""Drafts now: all of them, and what those that are tracked are worth."""

from dataclasses import dataclass, field

from core.strategies.draft import Draft
from core.strategies.tracking import Mark


@dataclass(slots=True)
class DraftState:
    """`revision` counts changes of drafts, `marked` the looks at live prices; `building` are those
    on the builder's table, by underlying, saved or not.
    """

    drafts: dict[str, Draft] = field(default_factory=dict)
    building: dict[str, Draft] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    revision: int = 0
    marked: int = 0

    def all(self) -> list[Draft]:
        """Last edited first."""
        return sorted(self.drafts.values(), key=lambda each: each.edited_at, reverse=True)

    def tracked(self) -> list[Draft]:
        return [each for each in self.drafts.values() if each.tracked]
