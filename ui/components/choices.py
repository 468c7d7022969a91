"""What the user chose on pages, remembered through the preference repository."""

from typing import Self, TypeVar

from nicegui import background_tasks

from core.ids import LOCAL_USER
from core.ports.repositories import PreferenceRepository

T = TypeVar("T")


class Choices:
    """One visit's view of the preferences; read at once, written behind."""

    def __init__(self, repository: PreferenceRepository, known: dict[str, object]) -> None:
        self._repository = repository
        self._known = known

    @classmethod
    async def load(cls, repository: PreferenceRepository) -> Self:
        return cls(repository, await repository.all(LOCAL_USER))

    def get(self, name: str, default: T) -> T:
        """What was kept, if it is of the default's type: an older version may have kept another."""
        kept = self._known.get(name)
        return kept if isinstance(kept, type(default)) else default

    def keep(self, name: str, value: object) -> None:
        if self._known.get(name) != value:
            self._known[name] = value
            background_tasks.create(
                self._repository.set(LOCAL_USER, name, value), name=f"keep {name}"
            )
