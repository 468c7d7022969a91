"""Undo and redo: what was before, and what was undone."""

from typing import Final, Generic, TypeVar

T = TypeVar("T")

LONGEST: Final = 200
"""Steps that are remembered; the oldest are let go."""


class Past(Generic[T]):
    """Holds one value and those before it. Steps of one `gesture` (a drag) count as one."""

    def __init__(self, now: T) -> None:
        self.now = now
        self._before: list[T] = []
        self._undone: list[T] = []
        self._gesture = ""

    def put(self, value: T, *, gesture: str = "") -> None:
        if not gesture or gesture != self._gesture:
            self._before = [*self._before, self.now][-LONGEST:]
        self.now, self._gesture = value, gesture
        self._undone.clear()

    def forget(self, value: T) -> None:
        """Start again from `value`, with nothing to undo."""
        self.now, self._gesture = value, ""
        self._before.clear()
        self._undone.clear()

    def amend(self, value: T) -> None:
        """Change what is now without a step: a name, a note."""
        self.now = value

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def undo(self) -> bool:
        """False if there is nothing to undo."""
        return self._step(self._before, self._undone)

    def redo(self) -> bool:
        return self._step(self._undone, self._before)

    def _step(self, taken: list[T], given: list[T]) -> bool:
        if not taken:
            return False
        given.append(self.now)
        self.now, self._gesture = taken.pop(), ""
        return True
