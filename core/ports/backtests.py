"""Backtests on disk, and the processes that run them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from core.backtest.run import Run

Tell = Callable[[float, str], None]
"""Called with the share that is done, 0 to 1, and what is being done."""


class BacktestRepository(Protocol):
    async def save(self, run: Run) -> None:
        """Upsert; its result stays as it is."""
        ...

    async def all(self) -> list[Run]:
        """Newest first, without their results; those that cannot be read are passed over."""
        ...

    async def get(self, id: str) -> Run | None: ...
    async def delete(self, id: str) -> None:
        """With its result."""
        ...

    async def save_result(self, id: str, result: str) -> None:
        """The text is kept packed; that of a run that is gone is dropped."""
        ...

    async def result(self, id: str) -> str | None: ...


class Workers(Protocol):
    """Runs functions in processes of their own, so that what they do cannot hold the desk."""

    async def run(self, work: Callable[..., Any], *given: Any, tell: Tell, seconds: float) -> Any:
        """What `work(*given, tell)` returns; both come and go by pickle.

        `tell` is called here with what the work tells there. Cancelling ends the process.
        Raises RuleBroken, BadData … as the work raised them, and RuleBroken where it took more
        than `seconds`, died, or raised anything else.
        """
        ...


@dataclass(frozen=True, slots=True)
class StrategyFile:
    """A file of the user's; another `stamp` tells that it has changed."""

    name: str
    path: str
    stamp: str


class StrategyFiles(Protocol):
    """The user's own strategies, one file each."""

    @property
    def folder(self) -> str: ...
    async def all(self) -> list[StrategyFile]:
        """By name."""
        ...
