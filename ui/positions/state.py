"""What one visit to the positions page looks at: which positions, in what groups, which marked."""

from collections.abc import Callable, Sequence
from typing import Final

from core.services import Services
from core.services.portfolio_picture import By, Group, Line, PortfolioPicture, grouped
from core.services.trading import Trading
from ui.components.choices import Choices
from ui.components.sight import paced
from ui.positions.rows import found_by, ordered

PACE: Final = 0.5
"""Seconds between two looks at the portfolio."""
BY: Final = "positions.by"
SORT: Final = "positions.sort"
FOLDED: Final = "positions.folded"
CLOSED: Final = "positions.closed"


class PositionsState:
    """Made in the page's slot; panels are told with `on` when there is something new to show."""

    def __init__(
        self, services: Services, trading: Trading, choices: Choices, underlying: str = ""
    ) -> None:
        self.services, self.trading, self.choices = services, trading, choices
        self.underlying, self.words = underlying, ""
        self.marked: frozenset[str] = frozenset()
        self.picture: PortfolioPicture = trading.portfolio.picture()
        self._seen: object = None
        self._heard: list[Callable[[], object]] = []
        paced(PACE, self.look)

    def on(self, then: Callable[[], object]) -> None:
        self._heard.append(then)

    def look(self) -> None:
        """Tell the panels, if a price, an order or a clock second has moved."""
        self.picture = self.trading.portfolio.picture()
        kept = self.trading.state
        sign = self.picture.revision, kept.revision, kept.problem, self._second()
        if sign != self._seen:
            self._seen = sign
            self.tell()

    def tell(self) -> None:
        for then in self._heard:
            then()

    def _second(self) -> int:
        """Ages grow without anything moving."""
        return int(self.services.clock.now().timestamp())

    # what is shown
    @property
    def by(self) -> By:
        kept = self.choices.get(BY, str(By.UNDERLYING))
        return By(kept) if kept in set(By) else By.UNDERLYING

    @property
    def closed_too(self) -> bool:
        return self.choices.get(CLOSED, True)

    @property
    def sort(self) -> tuple[str, bool]:
        """Column and whether it falls; "" for the usual order."""
        column, _, way = self.choices.get(SORT, "").partition(" ")
        return column, way == "falling"

    def sort_by(self, column: str) -> None:
        """Falling first, then rising, then as usual."""
        now, falling = self.sort
        after = f"{column} falling" if now != column else f"{column} rising" if falling else ""
        self.choices.keep(SORT, after)
        self.tell()

    @property
    def symbols(self) -> list[str]:
        """Underlyings of what is there, open or closed."""
        return sorted({line.symbol for line in self.picture.lines if line.symbol})

    @property
    def lines(self) -> list[Line]:
        """Those that pass the filters, in the chosen order."""
        found = [
            line
            for line in self.picture.lines
            if (line.is_open or self.closed_too)
            and self.underlying in ("", line.symbol)
            and found_by(line, self.words)
        ]
        column, falling = self.sort
        return ordered(found, column, falling=falling)

    @property
    def groups(self) -> list[Group]:
        return grouped(self.lines, self.by)

    @property
    def marked_lines(self) -> list[Line]:
        return [line for line in self.picture.open if line.id in self.marked]

    @property
    def filtered(self) -> bool:
        return bool(self.underlying or self.words)

    def folded(self, id: str) -> bool:
        return id in self.choices.get(FOLDED, list[str]())

    def fold(self, id: str) -> None:
        kept = self.choices.get(FOLDED, list[str]())
        after = [each for each in kept if each != id] if id in kept else [*kept, id]
        self.choices.keep(FOLDED, after)
        self.tell()

    def narrow(self, *, underlying: str | None = None, words: str | None = None) -> None:
        self.underlying = self.underlying if underlying is None else underlying
        self.words = self.words if words is None else words
        self.tell()

    def mark(self, ids: Sequence[str] | frozenset[str]) -> None:
        self.marked = frozenset(ids)
        self.tell()
