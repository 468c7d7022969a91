"""Processes side by side for sweeps: all processors of this machine, or a cluster of Dask's."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from core.errors import RuleBroken

Given = TypeVar("Given")
Answer = TypeVar("Answer")
CONNECT: Final = 10.0
"""Seconds in which a cluster has to answer."""

_work: Callable[[Any], Any]
"""What this process of a crew does with each piece; given once, since it may be large."""


@dataclass(frozen=True, slots=True)
class ProcessCrew:
    """New processes for each call, ended with it; 0 = one for every processor."""

    processes: int = 0

    @property
    def size(self) -> int:
        return self.processes or os.cpu_count() or 1

    def each(
        self, work: Callable[[Given], Answer], pieces: Sequence[Given]
    ) -> Iterator[tuple[int, Answer]]:
        pool = ProcessPoolExecutor(
            min(self.size, len(pieces)) or 1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_take,
            initargs=(work,),
        )
        try:
            waiting = {pool.submit(_do, piece): n for n, piece in enumerate(pieces)}
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        except BrokenProcessPool as problem:
            raise RuleBroken("A process of the sweep died: is there memory for it?") from problem
        finally:
            pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class ClusterCrew:
    """The workers behind a Dask scheduler, such as `tcp://10.0.0.5:8786`.

    They need this program and its packages, of the same versions; what they work on is sent.
    """

    address: str

    @property
    def size(self) -> int:
        with self._client() as client:
            threads: dict[str, int] = client.nthreads()
            return max(1, sum(threads.values()))

    def each(
        self, work: Callable[[Given], Answer], pieces: Sequence[Given]
    ) -> Iterator[tuple[int, Answer]]:
        from distributed import as_completed

        with self._client() as client:
            (sent,) = client.scatter([work], broadcast=True)
            waiting = {
                client.submit(_call, sent, piece, pure=False): n for n, piece in enumerate(pieces)
            }
            try:
                for done in as_completed(list(waiting), loop=client.loop):  # type: ignore[no-untyped-call]
                    yield waiting[done], done.result()
            finally:
                client.cancel(list(waiting))

    def _client(self) -> Any:
        try:
            from distributed import Client
        except ImportError as problem:
            raise RuleBroken(
                "A cluster needs the package distributed: install the extra `cluster`."
            ) from problem
        try:
            return Client(  # type: ignore[no-untyped-call]
                self.address, timeout=CONNECT, set_as_default=False
            )
        except (OSError, ValueError) as problem:
            raise RuleBroken(f"No scheduler of a cluster answers at {self.address}.") from problem


def _take(work: Callable[[Any], Any]) -> None:
    global _work
    _work = work


def _do(piece: Any) -> Any:
    return _work(piece)


def _call(work: Callable[[Given], Answer], piece: Given) -> Answer:
    return work(piece)
