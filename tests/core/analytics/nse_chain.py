"""The NSE's own chain of 5 Dec 2025, 15:30, as arrays."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NseChain:
    spot: float
    strikes: Floats
    rows: list[dict[str, Any]]

    def column(self, side: str, field: str) -> Floats:
        return np.array([float(row.get(side, {}).get(field, np.nan)) for row in self.rows])


def read(shared_data: Path, expiry: str) -> NseChain:
    file = shared_data / "option_chain" / "nse_nifty_chain_20251205.json"
    records = json.loads(file.read_text())["records"]
    rows = [row for row in records["data"] if row["expiryDate"] == expiry]
    rows.sort(key=lambda row: row["strikePrice"])
    strikes = np.array([float(row["strikePrice"]) for row in rows])
    return NseChain(float(records["underlyingValue"]), strikes, rows)
