"""A number's place among those of the past: a band from the lowest to the highest, a pointer."""

from math import isfinite, nan

from nicegui import ui

from ui.components.board import Board, Cell
from ui.theme import formats


class RankBand:
    """`name` ends the test ids: `now-iv`, `rank-iv`, `percentile-iv`."""

    def __init__(self, name: str, title: str, tip: str) -> None:
        with ui.element("div").classes("rank-row"):
            self.board = Board(
                [
                    Cell(name="now", label=title, testid=f"now-{name}", tip=tip),
                    Cell(name="rank", label="Rank", testid=f"rank-{name}"),
                    Cell(name="percentile", label="Percentile", testid=f"percentile-{name}"),
                ],
                "vol-figures",
            )
            with ui.element("div").classes("rank-band"):
                self._low = ui.label().classes("num")
                with ui.element("div").classes("rank-track unknown") as self._track:
                    self._pointer = ui.element("i")
                self._high = ui.label().classes("num")
        self._left = nan

    def show(
        self,
        now: float,
        *,
        low: float = nan,
        high: float = nan,
        rank: float = nan,
        percentile: float = nan,
        over: int = 0,
        tips: tuple[str, str] = ("", ""),
        few: str = "",
        lacking: str = "",
    ) -> None:
        """All are fractions; `few` says why there is no rank, `lacking` why there is no number."""
        why = few or lacking
        self.board.put("now", formats.percent(now), raw=now, tip=lacking, tone=_faint(lacking))
        for cell, value, tip in (("rank", rank, tips[0]), ("percentile", percentile, tips[1])):
            text = formats.price(100 * value, 0) if isfinite(value) else formats.DASH
            words = f"{tip}; over {over} sessions" if over and not lacking else why
            extra = f"of {over}" if over and cell == "rank" else ""
            self.board.put(cell, text, raw=value, tip=words, extra=extra, extra_tone="faint")
        self.board.flush()
        self._low.set_text(formats.percent(low))
        self._high.set_text(formats.percent(high))
        self._point(rank)

    def _point(self, rank: float) -> None:
        left = min(1.0, max(0.0, rank)) if isfinite(rank) else nan
        if left == self._left or (left != left and self._left != self._left):
            return
        self._left = left
        known = left == left
        self._pointer.style(f"left: {100 * left if known else 0:.1f}%")
        self._track.classes(remove="unknown" if known else "", add="" if known else "unknown")


def _faint(why: str) -> str:
    return "faint" if why else ""
