"""Every figure in one run, ours beside the peer: `tasks.py bench [--quick] [--only NAME]`."""

import argparse
import importlib
import os
import platform
import sys
import time
from collections.abc import Iterable
from typing import Final

from tests.bench.rows import Row

PARTS: Final = (
    *("start", "feed", "database", "live", "orders"),
    *("paper", "pricing", "margin", "smile", "payoff", "slider", "chart", "backtest", "replay"),
    *("download", "indicators", "straddle"),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tasks.py bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, shorter runs")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part alone")
    parser.add_argument("--seconds", type=int, help="length of each live run (default 60)")
    given = parser.parse_args()
    if given.seconds:
        os.environ["BENCH_SECONDS"] = str(given.seconds)
    begun, rows = time.monotonic(), list[Row]()
    for name in given.only or PARTS:
        print(f"→ {name}", flush=True)
        rows += importlib.import_module(f"tests.bench.{name}").run(given.quick)
    print(f"\n{machine()} · {time.monotonic() - begun:.0f} s\n")
    for line in table(rows):
        print(line)
    missed = [row for row in rows if not row.ok]
    print(f"\n{len(rows) - len(missed)} of {len(rows)} targets met")
    return 1 if missed else 0


def machine() -> str:
    system = f"{platform.system()} {platform.machine()}"
    return f"Python {platform.python_version()} · {system} · {os.cpu_count()} cores"


def table(rows: Iterable[Row]) -> list[str]:
    heads = ("fig", "what", "ours", "peer", "limit", "ratio", "target", "")
    lines = [heads, *(cells(row) for row in sorted(rows, key=lambda row: row.figure))]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    return [
        "  ".join(
            cell.ljust(width) if i in (0, 1, 6) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def cells(row: Row) -> tuple[str, ...]:
    return (
        row.figure,
        row.what,
        f"{number(row.ours)} {row.unit}",
        f"{number(row.peer)} {row.unit}" if row.peer is not None else "–",
        f"{number(row.limit)} {row.unit}" if row.limit is not None else "–",
        f"{number(row.ratio)}×" if row.ratio is not None else "–",
        row.target,
        "ok" if row.ok else "MISSED",
    )


def number(x: float) -> str:
    """Three digits that matter."""
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


if __name__ == "__main__":
    sys.exit(main())
