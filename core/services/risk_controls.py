"""The risk controls: limits with their trail, arming, reduce-only, and the kill switch."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import structlog

from core.clock import IST, Clock
from core.errors import AppError, BadData, RuleBroken
from core.ids import UserId
from core.ports.repositories import PreferenceRepository
from core.risk.limits import Limits, Standing
from core.risk.limits_file import changes, from_plain, to_plain
from core.services.order_desk import OrderDesk
from core.services.order_pace import OrderPace
from core.services.order_records import OrderRecords
from core.services.risk_gate import RiskGate
from core.state.notices import Level, Notices
from core.state.trading import TradingState
from core.trading.journal import Kind
from core.trading.requests import OrderRequest, OrderType, Side

log = structlog.get_logger(__name__)

ARM_WORD: Final = "LIVE"
RELEASE_WORD: Final = "RELEASE"
LIMITS, STANDING = "risk limits", "risk standing"
"""Names under which they are kept."""
EVERY: Final = 1.0
"""Seconds between two looks at the day's profit."""
RISK: Final = UserId("risk")
"""Whose preferences these are: the user's own can be forgotten by a click, these cannot."""
ROUNDS: Final = 5
"""So often is everything that still works cancelled, with a second between."""


EndGtts = Callable[[bool], Awaitable[int]]
"""Ends what waits at the broker and may open something; given True, what closes something too."""


async def none_wait(_exits: bool) -> int:
    return 0


class RiskControls:
    """What stands here holds over a restart, but for the arming: that is for one session."""

    def __init__(
        self,
        *,
        state: TradingState,
        desk: OrderDesk,
        gate: RiskGate,
        pace: OrderPace,
        records: OrderRecords,
        preferences: PreferenceRepository,
        clock: Clock,
        notices: Notices,
        between_rounds: float = 1.0,
    ) -> None:
        self._state, self._desk, self._gate, self._pace = state, desk, gate, pace
        self._records, self._preferences = records, preferences
        self._clock, self._notices, self._between = clock, notices, between_rounds
        self.end_gtts: EndGtts = none_wait
        self._lock_told = ""

    async def load(self) -> None:
        """Take up what was kept; where it cannot be read, only exits are let through."""
        kept = await self._preferences.all(RISK)
        try:
            if LIMITS in kept:
                self._take(from_plain(kept[LIMITS]))
            if STANDING in kept:
                self._take_standing(kept[STANDING])
        except BadData as problem:
            log.error("risk.unreadable", problem=str(problem))
            self._stand(Standing.REDUCE_ONLY, str(problem))

    async def run(self) -> None:
        """Watch the day's profit against its limits until cancelled, whether orders come or not."""
        while True:
            await self.watch()
            await asyncio.sleep(EVERY)

    async def watch(self) -> None:
        """Look once; a lock that begins is journaled and told."""
        await self._gate.know_open()
        self._gate.watch_the_day()
        told, self._lock_told = self._lock_told, self._state.lock_reason
        if (why := self._state.lock_reason) and why != told:
            self._state.revision += 1
            await self._records.note(Kind.CONTROL, "standing", f"locked for the day: {why}")
            self._say(Level.WARNING, f"Only exits until tomorrow: {why}.")

    async def set_limits(self, limits: Limits) -> None:
        """From now on; what changed is journaled."""
        changed = changes(self._state.limits, limits)
        if not changed:
            return
        await self._records.note(Kind.CONTROL, "limits", "; ".join(changed))
        await self._preferences.set(RISK, LIMITS, to_plain(limits))
        self._take(limits)

    async def arm(self, typed: str) -> None:
        """Let orders through in this session; raises RuleBroken for another word."""
        if typed != ARM_WORD:
            raise RuleBroken(f"type {ARM_WORD} to arm")
        await self._records.note(Kind.CONTROL, "arming", "armed")
        self._state.armed = True
        self._state.revision += 1

    async def disarm(self) -> None:
        self._state.armed = False
        self._state.revision += 1
        await self._records.note(Kind.CONTROL, "arming", "disarmed")

    async def reduce_only(self, reason: str) -> None:
        """Only exits from now on. Raises RuleBroken while halted: that is stricter."""
        if self._state.standing is Standing.HALTED:
            raise RuleBroken("trading is halted: release it first")
        self._stand(Standing.REDUCE_ONLY, reason)
        await self._keep_standing()

    async def halt(
        self, reason: str, *, flatten: bool = False, hold: timedelta = timedelta()
    ) -> None:
        """The kill switch: nothing new from this moment on, everything that works is cancelled.

        `flatten` closes what is held; `hold` is how long it cannot be released.
        """
        now = self._clock.now()
        until = max(self._state.held_until or now, now + hold)
        self._state.held_until = until if until > now else None
        self._stand(Standing.HALTED, reason)  # before anything that takes time
        self._pace.refuse_entries(self._gate.halted())
        kept, *_ = await asyncio.gather(
            self._keep_standing(),
            self._end_all(),
            self._end_gtts(exits=flatten),
            return_exceptions=True,
        )
        if flatten:
            await self._flatten()
        if isinstance(kept, BaseException):
            raise kept

    async def release(self, typed: str) -> None:
        """Back to normal; raises RuleBroken for another word, or before its time."""
        state = self._state
        if typed != RELEASE_WORD:
            raise RuleBroken(f"type {RELEASE_WORD} to release")
        if state.held_until is not None and self._clock.now() < state.held_until:
            until = state.held_until.astimezone(IST)
            raise RuleBroken(f"the kill switch is held until {until:%d %b %H:%M} IST")
        state.held_until = None
        self._stand(Standing.ACTIVE, "")
        await self._keep_standing()

    async def _end_all(self) -> None:
        """Cancel, and again what is still there: a cancellation may get lost."""
        for _ in range(ROUNDS):
            if not await self._desk.cancel_all():
                return
            await asyncio.sleep(self._between)
            if not self._state.working():
                return
        left = len(self._state.working())
        self._say(Level.PROBLEM, f"{left} orders still work: cancel them on the broker's screen.")

    async def _end_gtts(self, *, exits: bool) -> None:
        for _ in range(ROUNDS):
            if not await self.end_gtts(exits):
                return
            await asyncio.sleep(self._between)
        if left := await self.end_gtts(exits):
            self._say(Level.PROBLEM, f"{left} GTTs still wait: end them on the broker's screen.")

    async def _flatten(self) -> None:
        """Sold options first: buying them back frees margin and ends the larger risk."""
        for (key, product), units in sorted(self._state.holdings().items(), key=lambda h: h[1]):
            instrument = await self._gate.know(key)
            cut = bool(instrument.freeze_quantity and abs(units) > instrument.freeze_quantity)
            request = OrderRequest(
                key=key,
                side=Side.SELL if units > 0 else Side.BUY,
                quantity=abs(units),
                product=product,
                type=OrderType.MARKET,
                price=Decimal(0),
                slice=cut,
                group="kill switch",
            )
            try:
                await self._desk.flatten(request)
            except AppError as problem:
                self._say(Level.PROBLEM, f"{instrument.symbol} is still held: {problem}")

    def _take(self, limits: Limits) -> None:
        self._state.limits = limits
        self._state.revision += 1
        self._pace.limit(limits.orders_a_second)

    def _take_standing(self, kept: object) -> None:
        """Raises BadData for what no version of us has kept."""
        try:
            standing, reason, until = kept["standing"], kept["reason"], kept["until"]  # type: ignore[index]
            self._state.held_until = datetime.fromisoformat(until) if until else None
            self._stand(Standing(standing), str(reason))
        except (KeyError, TypeError, ValueError) as problem:
            raise BadData("the standing that was kept cannot be read") from problem

    def _stand(self, standing: Standing, reason: str) -> None:
        self._state.standing, self._state.standing_reason = standing, reason
        self._state.revision += 1

    async def _keep_standing(self) -> None:
        state = self._state
        until = state.held_until.isoformat() if state.held_until else ""
        words = f"{state.standing}: {state.standing_reason}" if state.standing_reason else ""
        await self._records.note(Kind.CONTROL, "standing", words or state.standing, until=until)
        plain = {"standing": state.standing.value, "reason": state.standing_reason, "until": until}
        await self._preferences.set(RISK, STANDING, plain)
        level = Level.GOOD if state.standing is Standing.ACTIVE else Level.WARNING
        self._say(level, f"Trading is {words or state.standing}.")

    def _say(self, level: Level, text: str) -> None:
        self._notices.add(level, text, at=self._clock.now(), source="risk")
