"""Scan ranges: the dated tables beside the exchange's files, and the rule behind the files."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from core.risk import margin_rules as rules

MARGIN = Path(__file__).parents[3].parent / "shared/data/margin"


def rows(name: str) -> list[dict[str, str]]:
    path = MARGIN / f"{name}_2012_2026.csv"
    if not path.is_file():
        pytest.skip("../shared is not here")
    with path.open() as file:
        return list(csv.DictReader(file))


def test_the_tables_are_in_order_and_name_their_source() -> None:
    for scans in rules.SCANS.values():
        assert all(one.start < after.start for one, after in pairwise(scans))
        assert all(scan.source and 0.05 < scan.price < 0.3 for scan in scans)


def test_the_tables_hold_the_medians_of_the_exchanges_files() -> None:
    by_row: dict[tuple[str, rules.Scan], list[tuple[float, float]]] = defaultdict(list)
    for row in rows("span_price_scan_range"):
        day = date.fromisoformat(row["date"])
        if day >= rules.FIRST:
            found = rules.scan(row["symbol"], day)
            by_row[row["symbol"], found].append(
                (float(row["price_scan_pct"]) / 100, float(row["vol_scan"]))
            )
    assert len(by_row) == sum(len(scans) for scans in rules.SCANS.values())
    for (symbol, scan), seen in by_row.items():
        price, vol = (median(column) for column in zip(*seen, strict=True))
        assert scan.price == pytest.approx(price, abs=0.0006), (symbol, scan)
        assert scan.vol == vol, (symbol, scan)


def files() -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Each row of the SPAN file with the volatility of the trading day before."""
    days: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows("nse_daily_volatility"):
        days[row["symbol"]].append(row)
    before = {
        (symbol, after["date"]): one
        for symbol, every in days.items()
        for one, after in pairwise(every)
    }
    for row in rows("span_price_scan_range"):
        if (one := before.get((row["symbol"], row["date"]))) is not None:
            yield row, one


def test_the_rule_is_the_one_that_the_exchanges_files_follow() -> None:
    checked = 0
    for row, before in files():
        if row["date"] < "2026-03-02":  # two indices had a higher floor before
            continue
        day = date.fromisoformat(row["date"])
        scan = rules.scan(row["symbol"], day, float(before["sigma_applicable"]))
        ours = scan.price * float(before["spot_close"])
        assert ours == pytest.approx(float(row["price_scan"]), rel=0.0005), row
        assert scan.vol == pytest.approx(float(row["vol_scan"])), row
        checked += 1
    assert checked > 500


def test_what_was_not_read_is_said() -> None:
    day = date(2026, 11, 20)
    assert rules.scan("SENSEX", day).source == "taken from NIFTY"
    assert rules.scan("SENSEX", day).price == rules.scan("NIFTY", day).price
    assert rules.scan("BANKEX", day).vol == rules.scan("BANKNIFTY", day).vol
    assert rules.scan("FOCIT", day).price == 0.093
    assert rules.scan("TCS", day).source.endswith("least")
    assert rules.scan("TCS", day).price == 0.142
    assert rules.is_index("NIFTYFPI")
    assert not rules.is_index("TCS")
