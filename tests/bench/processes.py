"""How much of the machine each process used."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import psutil


@dataclass
class Usage:
    """Of a process and its children (`whole`) or of it alone."""

    name: str
    process: psutil.Process
    whole: bool = False
    memory: list[float] = field(default_factory=list)
    _cpu: float = 0.0
    _since: float = 0.0

    def begin(self) -> None:
        self._cpu, self._since = self.seconds(), time.monotonic()

    def seconds(self) -> float:
        """CPU time so far."""
        total = 0.0
        for each in self._all():
            try:
                times = each.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return total

    def share(self) -> float:
        """Of one core, since `begin`."""
        return (self.seconds() - self._cpu) / (time.monotonic() - self._since)

    def look(self) -> None:
        """Remember how much memory it holds now, in MB."""
        held = 0
        for each in self._all():
            try:
                held += each.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        self.memory.append(held / 1e6)

    def growth(self) -> float:
        """MB between the first and the last quarter of the looks."""
        quarter = max(1, len(self.memory) // 4)
        first, last = self.memory[:quarter], self.memory[-quarter:]
        return sum(last) / len(last) - sum(first) / len(first)

    def _all(self) -> Iterable[psutil.Process]:
        if not self.whole:
            return [self.process]
        try:
            return [self.process, *self.process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def exchange_of(desk: int) -> psutil.Process:
    """The exchange that a desk has started."""
    for child in psutil.Process(desk).children():
        if "simulator" in child.cmdline():
            return child
    raise LookupError("the desk has no exchange of its own")


def browser_of_ours() -> psutil.Process:
    """The browser that this process has started, through Playwright's driver."""
    for child in psutil.Process().children(recursive=True):
        if "--remote-debugging-pipe" in child.cmdline():
            return child
    raise LookupError("no browser was started")
