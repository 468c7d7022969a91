"""The session's candles after its close: the watched indices, and their nearest chains."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Final

from core.downloads.plan import Download, Plan, Status, What
from core.errors import AppError, RuleBroken
from core.ids import LOCAL_USER, InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Interval
from core.instruments.instrument import Instrument
from core.ports.repositories import InstrumentRepository, PreferenceRepository
from core.services.download_names import named
from core.services.downloads import Downloads
from core.services.scheduler import Progress
from core.services.standing_chains import chosen_chains

PREFERENCE: Final = "downloads.daily"
SOURCE: Final = "after the close"
BACK: Final = timedelta(days=7)
"""So far back gaps are filled: what a desk that was off for some days has missed."""
DAYS_BACK: Final = timedelta(days=370)
"""Daily bars are few: a year of them."""
VIX: Final = InstrumentKey("NSE_INDEX|India VIX")


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyWishes:
    """`chains`: also every contract of the nearest expiry; `more` are instruments by name."""

    enabled: bool = True
    chains: bool = True
    more: tuple[str, ...] = ()

    @classmethod
    def of(cls, known: Mapping[str, object]) -> "DailyWishes":
        """As the user chose; the defaults for what cannot be read."""
        kept = known.get(PREFERENCE)
        if not isinstance(kept, dict):
            return cls()
        more = kept.get("more", ())
        return cls(
            enabled=kept.get("enabled") is not False,
            chains=kept.get("chains") is not False,
            more=tuple(str(name) for name in more) if isinstance(more, list | tuple) else (),
        )

    def to_json(self) -> dict[str, object]:
        return asdict(self) | {"more": list(self.more)}


class DailyDownload:
    def __init__(
        self,
        *,
        downloads: Downloads,
        instruments: InstrumentRepository,
        preferences: PreferenceRepository,
        calendar: MarketCalendar,
    ) -> None:
        self._downloads = downloads
        self._instruments = instruments
        self._preferences = preferences
        self._calendar = calendar

    async def run(self, progress: Progress) -> str:
        """Raises RuleBroken when something could not be had, after all the rest."""
        known = await self._preferences.all(LOCAL_USER)
        wishes = DailyWishes.of(known)
        if not wishes.enabled:
            return "switched off on the page Downloads"
        progress.say("looking for the instruments")
        symbols = [symbol for symbol, count in chosen_chains(known).items() if count]
        watched, unknown = await self._watched(symbols, wishes.more)
        last = self._downloads.last_whole_day()
        minutes = _plan(watched, Interval.MINUTE, last - BACK, last)
        days = _plan(watched, Interval.DAY, last - DAYS_BACK, last)
        chains = await self._near_chains(symbols, last) if wishes.chains else []
        plans = [plan for plan in (minutes, days, *chains) if plan.keys]
        ended = [await self._through(plan, progress) for plan in plans]
        return _words(ended, unknown)

    async def _watched(
        self, symbols: list[str], more: tuple[str, ...]
    ) -> tuple[list[Instrument], list[str]]:
        """Underlyings, the volatility index, and what was named; names that are no more listed."""
        vix = await self._instruments.get(VIX)
        found = {vix.key: vix} if vix is not None else {}
        unknown = []
        for name in (*symbols, *more):
            try:
                each = await named(self._instruments, name)
            except AppError:
                unknown.append(name)
                continue
            found[each.key] = each
        return list(found.values()), unknown

    async def _near_chains(self, symbols: list[str], last: date) -> list[Plan]:
        """Every contract of each symbol's nearest expiry, and the days of its chain."""
        found = []
        today = self._calendar.today()
        for symbol in symbols:
            underlying = await self._instruments.underlying(symbol)
            ahead = [e for e in await self._instruments.expiries(symbol) if e >= today]
            if underlying is not None and ahead:
                plan = _plan([underlying], Interval.MINUTE, last - BACK, last)
                found.append(replace(plan, what=What.EXPIRED, expiry=ahead[0]))
        return found

    async def _through(self, plan: Plan, progress: Progress) -> Download | None:
        """Wait for it, and say how far it is; stopped with the job."""
        id = await self._downloads.start(plan, source=SOURCE)
        running = self._downloads.state.progress[id]
        try:
            return await self._downloads.ended(
                id,
                meanwhile=lambda: progress.say(
                    f"{plan.title}: {running.done + running.failed} of {running.total}",
                    running.fraction,
                ),
            )
        finally:
            await self._downloads.cancel(id)


def _plan(found: list[Instrument], interval: Interval, first: date, last: date) -> Plan:
    return Plan(
        what=What.CANDLES,
        keys=tuple(each.key for each in found),
        names=tuple(each.symbol for each in found),
        interval=interval,
        first=first,
        last=last,
    )


def _words(ended: list[Download | None], unknown: list[str]) -> str:
    known = [each for each in ended if each is not None]
    text = f"{sum(each.bars for each in known):,} candles"
    if unknown:
        text += f"; not listed any more: {', '.join(unknown)}"
    wrong = [each for each in known if each.status is not Status.DONE]
    if wrong:
        raise RuleBroken(f"{text}; {'; '.join(each.message or each.status for each in wrong)}")
    return text
