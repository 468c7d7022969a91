"""What one frame says, as flat lists of numbers, written to the market state in blocks."""

from math import nan
from struct import pack
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.state.market import Col, MarketState
from data.brokers.upstox.sanity import FIRST, MOST

CELL: Final = Col.VEGA + 1  # columns LTP … VEGA
BRIEF: Final = Col.CLOSE + 1  # columns LTP … CLOSE
DETAIL: Final = Col.LOW + 1 - Col.AVERAGE


class Batch:
    def __init__(self) -> None:
        self.blocks: list[tuple[list[int], NDArray[np.float64]]] = []
        self.unreadable = 0
        self.cells: list[float] = []
        self.cell_rows: list[int] = []
        self.brief: list[float] = []
        self.brief_rows: list[int] = []
        self.details: list[float] = []
        self.detail_rows: list[int] = []
        self.refused: list[int] = []

    def add(self, rows: list[int], values: NDArray[np.float64]) -> None:
        """Cells that are a block already, with details or without."""
        if len(rows) == 0:
            return
        details = values[:, CELL:]
        if details.size and not (right := (details > FIRST) & (details < MOST)).all():
            details[~right] = nan
        self.blocks.append((rows, values))

    def write(self, market: MarketState, sent: float, received: float) -> list[int]:
        """Write all of it under a new revision; returns the rows that hold new values."""
        rows = self.cell_rows + self.brief_rows
        for some, _ in self.blocks:
            rows += some
        if rows or self.refused:
            market.begin_frame()
        for some, values in self.blocks:
            market.write_block(some, Col.LTP, values)
        if self.cell_rows:
            market.write_block(self.cell_rows, Col.LTP, _block(self.cells, CELL))
        if self.brief_rows:
            market.write_block(self.brief_rows, Col.LTP, _block(self.brief, BRIEF))
        if self.detail_rows:
            details = _block(self.details, DETAIL)
            market.values[self.detail_rows, Col.AVERAGE : Col.LOW + 1] = details
        if rows:
            market.values[rows, Col.EXCHANGE_TS :] = (sent, received, nan)
        if self.refused:
            market.quarantine(self.refused, received)
        return rows


def _block(flat: list[float], width: int) -> NDArray[np.float64]:
    return np.frombuffer(pack(f"{len(flat)}d", *flat)).reshape(-1, width)
