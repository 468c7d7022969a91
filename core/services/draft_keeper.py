"""Draft keeper: keeps drafts, and follows those that are tracked at live prices."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import nan
from typing import Final

import structlog

from core.clock import IST, Clock
from core.errors import RuleBroken
from core.ids import LOCAL_USER, InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.ports.drafts import DraftRepository
from core.ports.feed import FeedMode
from core.ports.repositories import InstrumentRepository
from core.services.subscriptions import Subscriptions
from core.state.drafts import DraftState
from core.state.health import FeedHealth, Link
from core.state.market import Col, MarketState
from core.state.notices import Level, Notices
from core.strategies.draft import Alert, Draft, Problem, Watched, checks
from core.strategies.draft_file import to_json
from core.strategies.legs import Leg
from core.strategies.tracking import DraftMinute, Mark, MinuteOfPnl, PnlCandles, mark
from core.strategies.wording import rupees

log = structlog.get_logger(__name__)

PACE: Final = 1.0
"""Seconds between two looks at the prices."""
OWNER: Final = "drafts"
MOST_WAITING: Final = 20_000
"""Minutes that wait for a database that does not answer; beyond it, the oldest are let go."""


class DraftKeeper:
    """Marks are taken whenever there are prices; candles and alerts only in the session, with the
    feed up: a price that stands still tells nothing.
    """

    def __init__(
        self,
        *,
        drafts: DraftRepository,
        state: DraftState,
        instruments: InstrumentRepository,
        market: MarketState,
        subscriptions: Subscriptions,
        calendar: MarketCalendar,
        feed: FeedHealth,
        clock: Clock,
        notices: Notices,
    ) -> None:
        self._drafts = drafts
        self._state = state
        self._instruments = instruments
        self._market = market
        self._subscriptions = subscriptions
        self._calendar = calendar
        self._feed = feed
        self._clock = clock
        self._notices = notices
        self._underlyings: dict[str, InstrumentKey] = {}
        self._candles: dict[str, MinuteOfPnl] = {}
        self._waiting: list[DraftMinute] = []
        self._unsaved: set[str] = set()
        self._loaded = False
        self._writing = asyncio.Lock()

    async def load(self) -> None:
        """Everything from disk, once; safe to call again."""
        if not self._loaded:
            for draft in await self._drafts.all(LOCAL_USER):
                self._state.drafts.setdefault(draft.id, draft)
            self._loaded = True
            await self._changed()

    async def save(self, draft: Draft) -> None:
        """Keep a new or changed draft; raises RuleBroken without a name, and for one too large.

        An alert that told since the draft was looked at stays told, unless it is another now.
        """
        known = self._state.drafts.get(draft.id)
        await self._keep(draft if known is None else draft.told_as(known))

    async def change_alerts(self, id: str, change: Callable[[Draft], Draft]) -> None:
        """As the draft's newest state is changed to: one that told may wait anew.

        Raises RuleBroken for a draft that is gone.
        """
        await self._keep(change(self._known(id)))

    async def _keep(self, draft: Draft) -> None:
        if not draft.name.strip():
            raise RuleBroken("A draft needs a name.")
        to_json(draft)  # refuses before anything has changed
        self._state.drafts[draft.id] = draft
        await self._drafts.save(draft)
        await self._changed()

    async def delete(self, id: str) -> None:
        self._state.drafts.pop(id, None)
        self._unsaved.discard(id)
        await self._drafts.delete(id)
        await self._changed()

    async def bring_back(self, draft: Draft, candles: PnlCandles) -> None:
        """A draft that was deleted, with its minutes."""
        await self.save(draft)
        await self._drafts.save_minutes(candles.minutes(draft.id))

    async def track(self, id: str, on: bool) -> None:
        """Follow a draft at live prices, or no longer; raises RuleBroken for one that is gone."""
        await self.save(replace(self._known(id), tracked=on))

    async def problems(self, draft: Draft) -> list[Problem]:
        """Everything that is wrong with a draft, by what is listed today."""
        keys = [leg.key for leg in draft.legs]
        listed = await self._instruments.get_many(keys) if keys else {}
        return checks(draft, self._clock.now(), listed)

    async def candles(self, id: str, first: datetime, last: datetime) -> PnlCandles:
        """Minutes of profit that start in [first, last), without the one that runs."""
        await self.flush()
        return await self._drafts.minutes(id, first, last)

    async def run(self) -> None:
        """Runs until cancelled; the minute that runs is written before it ends."""
        await self.load()
        try:
            while True:
                await self._learn_underlyings()
                self.look()
                await self.flush()
                await asyncio.sleep(PACE)
        finally:
            self._waiting += [done for each in self._candles.values() if (done := each.take())]
            await self.flush()

    def look(self) -> None:
        """Mark every tracked draft, take down its minutes, and tell the alerts it has reached."""
        now = self._clock.now()
        moving = self._feed.link is Link.UP and self._is_open(now)
        tracked = self._state.tracked()
        self._hold(tracked)
        for draft in tracked:
            found = self._mark(draft, now)
            self._state.marks[draft.id] = found
            candle = self._candles.setdefault(draft.id, MinuteOfPnl(draft.id))
            done = candle.add(found) if moving else candle.close_before(_minute(now))
            if done is not None:
                self._waiting.append(done)
            if moving:
                self._tell_alerts(draft, found)
        self._state.marked += 1
        if (extra := len(self._waiting) - MOST_WAITING) > 0:
            log.error("drafts.full", lost=extra)
            del self._waiting[:extra]

    async def flush(self) -> None:
        """Write what waits; what cannot be written goes on waiting."""
        async with self._writing:
            while self._unsaved:
                await self._save_changed(self._unsaved.pop())
            if waiting := list(self._waiting):
                await self._drafts.save_minutes(waiting)
                del self._waiting[: len(waiting)]

    async def _save_changed(self, id: str) -> None:
        """A draft that changes once more while it is written, is written once more."""
        if draft := self._state.drafts.get(id):
            try:
                await self._drafts.save(draft)
            except BaseException:
                self._unsaved.add(id)
                raise

    def _known(self, id: str) -> Draft:
        draft = self._state.drafts.get(id)
        if draft is None:
            raise RuleBroken("This draft has been deleted.")
        return draft

    def _mark(self, draft: Draft, now: datetime) -> Mark:
        underlying = self._underlyings.get(draft.symbol)
        spot = self._market.get(underlying, Col.LTP) if underlying else nan
        return mark(draft.legs, self._prices(draft.legs), spot, now)

    def _prices(self, legs: Sequence[Leg]) -> dict[InstrumentKey, float]:
        """The middle of the quotes, else the last price; of a leg lost to its expiry none."""
        found, now = {}, self._clock.now()
        for leg in legs:
            row = self._market.known(leg.key)
            if row is None or leg.lost(now):
                continue
            bid, ask, last = self._market.values[row, [Col.BID, Col.ASK, Col.LTP]].tolist()
            found[leg.key] = (bid + ask) / 2 if 0 < bid <= ask else last if last > 0 else nan
        return found

    def _tell_alerts(self, draft: Draft, found: Mark) -> None:
        values = {Watched.PNL: found.pnl, Watched.SPOT: found.spot}
        after = tuple(
            replace(alert, fired_at=found.at)
            if alert.fired_at is None and alert.reached(values[alert.watched])
            else alert
            for alert in draft.alerts
        )
        if after == draft.alerts:
            return
        for was, alert in zip(draft.alerts, after, strict=True):
            if was != alert:
                text = _told(draft, alert, values[alert.watched])
                self._notices.add(Level.WARNING, text, at=found.at, source=OWNER)
        self._state.drafts[draft.id] = replace(draft, alerts=after)
        self._state.revision += 1
        self._unsaved.add(draft.id)

    async def _changed(self) -> None:
        """Subscribe to what the tracked drafts hold, and forget those that are gone."""
        await self._learn_underlyings()
        tracked = self._state.tracked()
        self._hold(tracked)
        ids = {each.id for each in tracked}
        for id in self._candles.keys() - ids:
            if done := self._candles.pop(id).take():
                self._waiting.append(done)
        self._state.marks = {k: v for k, v in self._state.marks.items() if k in ids}
        self._state.revision += 1

    async def _learn_underlyings(self) -> None:
        """Asked again while unknown: on a first day the instruments come after the drafts."""
        symbols = {each.symbol for each in self._state.tracked()}
        for symbol in symbols - self._underlyings.keys():
            found = await self._instruments.underlying(symbol)
            if found is not None:
                self._underlyings[symbol] = found.key

    def _hold(self, tracked: Sequence[Draft]) -> None:
        now = self._clock.now()
        wishes: dict[InstrumentKey, FeedMode] = {}
        for draft in tracked:
            if key := self._underlyings.get(draft.symbol):
                wishes[key] = FeedMode.FULL
            for leg in draft.legs:
                if not leg.expired(now) and not leg.exited:
                    wishes[leg.key] = FeedMode.OPTION_GREEKS if leg.is_option else FeedMode.FULL
        self._market.rows_of(wishes)  # so that a row is there before the first tick
        if wishes:
            self._subscriptions.hold(OWNER, wishes)
        else:
            self._subscriptions.release(OWNER)

    def _is_open(self, moment: datetime) -> bool:
        session = self._calendar.session_of(moment.astimezone(IST).date())
        return session is not None and session.open_at(moment)


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _told(draft: Draft, alert: Alert, value: float) -> str:
    if alert.watched is Watched.SPOT:
        return f"{draft.symbol} {alert.crossing} {alert.level:g}, now {value:.2f}: “{draft.name}”."
    goal, now = rupees(alert.level), rupees(value)
    return f"P&L of “{draft.name}” {alert.crossing} {goal}, now {now}."
