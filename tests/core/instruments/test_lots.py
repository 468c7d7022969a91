"""Dated lots: each value from the circulars, or measured in the futures' turnover."""

import csv
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from core.errors import BadData, RuleBroken
from core.instruments import contract_terms
from core.instruments.instrument import Right
from core.instruments.lots import lot_size
from core.instruments.recorded import option

SHARED = Path(__file__).parents[3].parent / "shared"


@pytest.mark.parametrize(
    ("symbol", "expiry", "day", "units"),
    [
        ("NIFTY", date(2024, 5, 30), date(2024, 4, 25), 50),
        ("NIFTY", date(2024, 5, 30), date(2024, 4, 26), 25),
        ("NIFTY", date(2024, 4, 25), date(2024, 4, 25), 50),
        ("NIFTY", date(2025, 1, 2), date(2024, 12, 30), 75),
        ("NIFTY", date(2025, 1, 30), date(2025, 1, 29), 25),
        ("NIFTY", date(2025, 12, 30), date(2025, 12, 18), 75),
        ("NIFTY", date(2026, 1, 6), date(2025, 12, 18), 65),
        ("BANKNIFTY", date(2025, 7, 31), date(2025, 7, 1), 35),
        ("SENSEX", date(2026, 8, 20), date(2026, 8, 18), 20),
    ],
)
def test_a_lot_is_that_of_its_expiry(symbol: str, expiry: date, day: date, units: int) -> None:
    assert lot_size(symbol, expiry, day) == units


def test_what_no_table_tells_is_refused() -> None:
    with pytest.raises(RuleBroken, match="no dated lots of TCS"):
        lot_size("TCS", date(2026, 8, 25), date(2026, 8, 21))
    with pytest.raises(RuleBroken, match="only from 2019"):
        lot_size("NIFTY", date(2015, 1, 29), date(2015, 1, 5))
    with pytest.raises(BadData, match="no dated lots of TCS"):
        contract_terms.lot_size("TCS", date(2026, 8, 25))


def test_a_recorded_contract_is_known_by_its_own_name_and_cut_at_its_freeze_quantity() -> None:
    made = option("NIFTY", date(2026, 8, 25), Right.CALL, 24_200.0, date(2026, 8, 21))
    assert made.key == "NSE_FO|NIFTY 24200 CE 25 AUG 26"
    assert (made.lot_size, made.freeze_quantity) == (65, 1_755)
    assert made.underlying_key == "NSE_INDEX|Nifty 50"


def test_the_table_agrees_with_the_stated_lots_of_the_futures() -> None:
    file = SHARED / "data" / "margin" / "index_futures_close_oi_lot_2012_2026.csv"
    if not file.exists():
        pytest.skip("../shared is not here")
    seen: Counter[bool] = Counter()
    with file.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            day = date.fromisoformat(row["date"])
            text = row["stated_lot"].removesuffix(".0")
            if day < date(2025, 1, 2) or not text or int(text) > 1_000:
                continue
            expiry = _date(row["expiry"])
            seen[lot_size(row["symbol"], expiry, day) == int(text)] += 1
    assert seen[True] > 4_000
    assert not seen[False]


def _date(text: str) -> date:
    form = "%Y-%m-%d" if text[4] == "-" else "%d-%b-%Y"
    return datetime.strptime(text, form).date()  # noqa: DTZ007
