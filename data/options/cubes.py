"""Cubes: many option days as dense arrays on disk, mapped into memory, for runs that come again.

Derived, and made anew from the history whenever that has changed: a cube's name is a hash of all
that it was made of. Prices are whole 1/10000 rupees, as everywhere in the desk, so that what a run
over a cube finds is exactly what it finds over the record. What cannot be read is no cube.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import PER_STRIKE, ChainDay
from core.backtest.chain_years import FIELDS, ChainYears, Floats, Ints, comes_late
from core.errors import StorageProblem

VERSION: Final = 2
PARTS: Final = 10_000.0
UNKNOWN: Final = np.iinfo(np.int32).min
VOLUME: Final = len(FIELDS)
"""The place of the volume, whose 32 bits have no sign."""
NO_VOLUME_HERE: Final = np.iinfo(np.uint32).max
NO_VOLUME: Final = -1
"""The same 32 bits."""
MOST: Final = 6
"""Cubes that are kept, the newest."""
BY_MINUTE: Final = ("spot", "forward")


class CubeFiles:
    """Blocking. `folder` is a cache: it may be emptied at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> ChainYears | None:
        """None where there is none, or none that can be read."""
        place = self.place(name)
        try:
            label = json.loads((place / "label.json").read_text(encoding="utf-8"))
            lines, strikes = np.load(place / "lines.npy"), np.load(place / "strikes.npy")
            cube = np.load(place / "cube.npy", mmap_mode="r")
            axes = {
                "minutes": lines[0].astype(np.int64),
                "strikes": strikes,
                "late": np.array(label["late"], np.bool_),
                **dict(zip(BY_MINUTE, lines[1:], strict=True)),
            }
            days = tuple(map(date.fromisoformat, label["days"]))
            expiries = tuple(map(date.fromisoformat, label["expiries"]))
            if cube.shape != (*strikes.shape, 2, VOLUME + 1, lines.shape[2]):
                return None
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return None
        with suppress(OSError):
            os.utime(place)
        kept = _Mapped(label["symbol"], days, expiries, axes, cube)
        return ChainYears(symbol=label["symbol"], days=days, expiries=expiries, prices=kept, **axes)

    def place(self, name: str) -> Path:
        return self._folder / name

    def write(self, name: str, days: Sequence[ChainDay]) -> None:
        """Raises StorageProblem where the disk does not take it; nothing half is left."""
        part = self._folder / f".{uuid4().hex}"
        try:
            part.mkdir(parents=True)
            _write(part, days)
            shutil.rmtree(self._folder / name, ignore_errors=True)
            os.replace(part, self._folder / name)
        except OSError as problem:
            raise StorageProblem(
                f"a cube cannot be written below {self._folder}: {problem.strerror}"
            ) from problem
        finally:
            shutil.rmtree(part, ignore_errors=True)
        self._forget_old()

    def _forget_old(self) -> None:
        found = sorted(
            self._folder.glob("[!.]*/label.json"), key=lambda each: each.parent.stat().st_mtime
        )
        for old in found[:-MOST]:
            shutil.rmtree(old.parent, ignore_errors=True)


def name_of(symbol: str, stamps: Sequence[object]) -> str:
    """Of what a cube is made of; another stamp, another name."""
    told = json.dumps([VERSION, symbol, list(map(str, stamps))])
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _write(place: Path, days: Sequence[ChainDay]) -> None:
    count, wide = len(days), max(len(each) for each in days)
    many = max(len(each.strikes) for each in days)
    shape = (count, many, 2, VOLUME + 1, wide)
    cube = np.lib.format.open_memmap(place / "cube.npy", "w+", np.int32, shape)
    lines = np.full((1 + len(BY_MINUTE), count, wide), np.nan)
    lines[0], strikes = -1, np.full((count, many), np.nan)
    for row, day in enumerate(days):
        m, k = len(day), len(day.strikes)
        cube[row, :, :, :VOLUME], cube[row, :, :, VOLUME] = UNKNOWN, NO_VOLUME
        for at, field in enumerate(FIELDS):
            cube[row, :k, :, at, :m] = _whole(getattr(day, field), PARTS, UNKNOWN)
        volume = _whole(day.volume, 1.0, NO_VOLUME_HERE).astype(np.uint32)
        cube[row, :k, :, VOLUME, :m] = volume.view(np.int32)
        strikes[row, :k] = day.strikes
        lines[:, row, :m] = day.minutes, *(getattr(day, name) for name in BY_MINUTE)
    cube.flush()
    np.save(place / "lines.npy", lines)
    np.save(place / "strikes.npy", strikes)
    label = {
        "symbol": days[0].symbol,
        "days": [each.day.isoformat() for each in days],
        "expiries": [each.expiry.isoformat() for each in days],
        "late": [comes_late(each) for each in days],
    }
    (place / "label.json").write_text(json.dumps(label), encoding="utf-8")


def _whole(values: Floats, parts: float, unknown: int) -> NDArray[Any]:
    """By contract: (strikes, 2, minutes)."""
    made = np.where(np.isfinite(values), np.rint(values * parts), unknown)
    return np.ascontiguousarray(made.transpose(2, 1, 0))


class _Mapped:
    """Fills `Prices` from a cube's files."""

    def __init__(
        self,
        symbol: str,
        days: tuple[date, ...],
        expiries: tuple[date, ...],
        axes: dict[str, Any],
        cube: NDArray[np.int32],
    ) -> None:
        self._symbol, self._days, self._expiries = symbol, days, expiries
        self._axes, self._cube, self._fetched = axes, cube, False

    def soon(self, rows: Ints, places: Ints) -> None:
        """The first time: all at once, where the system can be asked to; a disk likes that."""
        cube = self._cube
        if self._fetched or not isinstance(cube, np.memmap) or cube.filename is None:
            return
        self._fetched = True
        if not hasattr(os, "posix_fadvise"):
            return
        by_day, by_strike = cube.strides[:2]
        starts = cube.offset + rows * by_day + places * by_strike
        with open(cube.filename, "rb") as file:
            for start in starts.ravel().tolist():
                os.posix_fadvise(file.fileno(), start, by_strike, os.POSIX_FADV_WILLNEED)

    def lines(self, field: str, rows: Ints, sides: Sequence[int], places: Ints) -> Floats:
        side = np.array(sides)[:, None]
        return _floats(self._cube[rows, places, side, FIELDS.index(field)])

    def points(
        self, field: str, rows: Ints, sides: Sequence[int], places: Ints, columns: Ints
    ) -> Floats:
        side = np.array(sides)[:, None]
        return _floats(self._cube[rows, places, side, FIELDS.index(field), columns])

    def traded(
        self, rows: Ints, sides: Sequence[int], places: Ints, columns: Ints
    ) -> NDArray[np.bool_]:
        volume = self._cube[rows, places, np.array(sides)[:, None], VOLUME, columns]
        last = self.points("ltp", rows, sides, places, columns)
        return np.asarray(np.where(volume != NO_VOLUME, volume != 0, last > 0))

    def day(self, row: int) -> ChainDay:
        """Without what a run of plain legs never asks for: open interest and volatilities."""
        m = int((self._axes["minutes"][row] >= 0).sum())
        k = int(np.isfinite(self._axes["strikes"][row]).sum())
        raw = self._cube[row, :k, :, :, :m].transpose(2, 3, 1, 0)
        prices, volume = _floats(raw[:VOLUME]), np.ascontiguousarray(raw[VOLUME])
        nothing = np.full((m, 2, k), np.nan)
        known = {
            **dict(zip(FIELDS, prices, strict=True)),
            "volume": np.where(volume == NO_VOLUME, np.nan, volume.view(np.uint32)),
        }
        return ChainDay(
            symbol=self._symbol,
            expiry=self._expiries[row],
            day=self._days[row],
            minutes=self._axes["minutes"][row, :m],
            strikes=self._axes["strikes"][row, :k],
            spot=self._axes["spot"][row, :m],
            forward=self._axes["forward"][row, :m],
            future=np.full(m, np.nan),
            future_oi=np.full(m, np.nan),
            **{name: known.get(name, nothing) for name in PER_STRIKE},
        )


def _floats(raw: NDArray[np.int32]) -> Floats:
    found: Floats = raw / PARTS
    unknown = raw == UNKNOWN
    if unknown.any():
        found[unknown] = np.nan
    return found
