"""The draft that is being built: one per underlying, shared by all pages, kept over a restart."""

from typing import Any, Final

import structlog

from core.errors import BadData
from core.services import Services
from core.strategies.draft import Draft, new_draft_id
from core.strategies.draft_file import from_json, to_json
from ui.components.choices import Choices

log = structlog.get_logger(__name__)

UNTITLED: Final = "Untitled"


class KeptDrafts:
    """In memory for the pages that are open (`services.drafts.building`), in the preferences for
    the next start."""

    def __init__(self, services: Services, choices: Choices) -> None:
        self._services, self._choices = services, choices

    def get(self, symbol: str) -> Draft:
        """The one that is being built, else an empty one."""
        building = self._services.drafts.building
        if symbol not in building:
            building[symbol] = self._read(symbol) or self.empty(symbol)
        return building[symbol]

    def put(self, draft: Draft) -> None:
        self._services.drafts.building[draft.symbol] = draft
        try:
            kept = {"id": draft.id, "draft": to_json(draft)}
        except BadData as problem:  # what was kept before stays
            log.warning("builder.not_kept", problem=str(problem))
        else:
            self._choices.keep(_name(draft.symbol), kept)

    def empty(self, symbol: str) -> Draft:
        now = self._services.clock.now()
        return Draft(
            id=new_draft_id(),
            name=UNTITLED,
            symbol=symbol,
            legs=(),
            created_at=now,
            edited_at=now,
        )

    def _read(self, symbol: str) -> Draft | None:
        kept = self._choices.get(_name(symbol), dict[str, Any]())
        try:
            return from_json(str(kept["draft"]), id=str(kept["id"])) if kept else None
        except (BadData, KeyError) as problem:  # of another version of the desk
            log.warning("builder.not_read", problem=str(problem))
            return None


def _name(symbol: str) -> str:
    return f"builder.draft.{symbol}"
