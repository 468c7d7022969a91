"""The account at the broker: conversions and its switch, written down; money, shares as read."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from core.clock import IST, Clock
from core.errors import AppError, BadData, BrokerRejected, LoginNeeded, RuleBroken
from core.ids import InstrumentKey, UserId
from core.instruments.instrument import Instrument, Kind
from core.ports.account import (
    AccountDoor,
    Conversion,
    FundsDetail,
    HeldShares,
    RegisteredAddresses,
    SegmentState,
)
from core.ports.broker import BrokerPosition
from core.ports.repositories import PreferenceRepository
from core.services.order_pace import OrderPace, Urgency
from core.services.order_records import OrderRecords
from core.services.risk_gate import RiskGate
from core.state.trading import TradingState
from core.trading.journal import Kind as Entry
from core.trading.journal import Value
from core.trading.ledger import Holding
from core.trading.requests import Product, Side

T = TypeVar("T")
NOTHING_DONE: Final = (BrokerRejected, LoginNeeded, RuleBroken)
STOP_WORD, RESUME_WORD = "STOP", "RESUME"
ACCOUNT: Final = UserId("account")
"""Whose these preferences are: the user may forget his own by a click, these he cannot."""
CONVERSIONS: Final = "conversions"
"""Under which the day's are kept."""
OF_SHARES: Final = (Product.INTRADAY, Product.DELIVERY, Product.MTF)
OF_OTHERS: Final = (Product.INTRADAY, Product.CARRY)


@dataclass(slots=True)
class Reading(Generic[T]):
    """The newest answer of one call, None before any; `problem` is why the last try failed."""

    value: T | None = None
    at: datetime | None = None
    problem: str = ""


class AccountDesk:
    """`unsure` has everything compared with the broker."""

    def __init__(
        self,
        *,
        account: str,
        door: AccountDoor,
        gate: RiskGate,
        pace: OrderPace,
        records: OrderRecords,
        state: TradingState,
        preferences: PreferenceRepository,
        clock: Clock,
        unsure: Callable[[], None],
    ) -> None:
        self._door, self._gate, self._pace, self._records = door, gate, pace, records
        self._state, self._preferences, self._clock = state, preferences, clock
        self._unsure, self._kept_as = unsure, f"{CONVERSIONS} {account}"
        self._busy: set[Holding] = set()
        self._clicks: set[str] = set()
        self._unknown: dict[Holding, datetime] = {}
        """When a conversion was asked for that was not answered."""
        self.funds: Reading[FundsDetail] = Reading()
        self.shares: Reading[list[HeldShares]] = Reading()
        self.borrowed: Reading[list[BrokerPosition]] = Reading()
        self.segments: Reading[list[SegmentState]] = Reading()
        self.addresses: Reading[RegisteredAddresses] = Reading()

    async def load(self) -> None:
        """Take up today's conversions: they moved units that our fills count elsewhere."""
        for at, units in await self._today_s():
            self._state.adjustments[at] = self._state.adjustments.get(at, 0) + units

    async def convert(self, conversion: Conversion, *, click: str = "") -> None:
        """Hold units in another way from now on; asked for once, the same `click` does nothing.

        Raises RuleBroken for what cannot be, the broker's refusals, and BrokerUnavailable where
        no answer came: then the comparison with the broker shows what became of it.
        """
        if click in self._clicks:
            return
        instrument = await self._gate.know(conversion.key)
        if problem := self.wrong_with(conversion, instrument):
            await self._note(Entry.DECISION, conversion, problem)
            raise RuleBroken(problem)
        at = (conversion.key, conversion.before)
        self._busy.add(at)
        if click:
            self._clicks.add(click)
        try:
            await self._note(Entry.INTENT, conversion, "convert")
            await self._pace.turn(Urgency.EXIT)
            await self._door.convert(conversion)
        except AppError as problem:
            fate = "refused" if isinstance(problem, NOTHING_DONE) else "no answer"
            if not isinstance(problem, NOTHING_DONE):
                self._unknown[at] = self._clock.now()
            await self._note(Entry.REPLY, conversion, f"{fate}: {problem}")
            self._unsure()
            raise
        finally:
            self._busy.discard(at)
        await self._converted(conversion)

    def wrong_with(self, conversion: Conversion, instrument: Instrument) -> str:
        """Why it cannot be asked for; empty when it can."""
        before, after = conversion.before, conversion.after
        held = self._state.held(conversion.key, before)
        allowed = OF_SHARES if instrument.kind is Kind.EQUITY else OF_OTHERS
        if problems := self._gate.not_ready():
            return "; ".join(problems)
        if before is after or after not in allowed:
            return f"{instrument.symbol} cannot be converted from {before} to {after}"
        if held * (1 if conversion.side is Side.BUY else -1) <= 0:
            return f"nothing of {instrument.symbol} is held as {before} on that side"
        if not 0 < conversion.quantity <= abs(held):
            return f"{abs(held)} units are held as {before}, not {conversion.quantity}"
        if conversion.quantity % max(instrument.lot_size, 1):
            return f"{conversion.quantity} units are not a multiple of {instrument.lot_size}"
        if (conversion.key, before) in self._busy:
            return "it is being converted right now"
        if self._is_unknown((conversion.key, before)):
            return "the last conversion was not answered: wait for the comparison with the broker"
        if after is Product.DELIVERY and held < 0:
            return "shares that were sold short cannot be delivered"
        return ""

    def _is_unknown(self, at: Holding) -> bool:
        asked, compared = self._unknown.get(at), self._state.reconciled_at
        return asked is not None and (compared is None or compared <= asked)

    async def switch(self, segments: Sequence[str], *, stop: bool, typed: str) -> None:
        """The broker's own switch. Raises RuleBroken for another word than was asked for."""
        word = STOP_WORD if stop else RESUME_WORD
        if typed != word:
            raise RuleBroken(f"type {word} to go on")
        if not segments:
            raise RuleBroken("choose a segment")
        act, names = "stop" if stop else "resume", ", ".join(segments)
        await self._records.note(Entry.CONTROL, "segments", f"{act} {names} at the broker")
        try:
            self._take(self.segments, await self._door.switch(segments, stop=stop))
        except AppError as problem:
            await self._records.note(Entry.REPLY, "segments", f"{act} {names}: {problem}")
            raise
        self._unsure()

    async def read_funds(self) -> None:
        await self._read(self.funds, self._door.funds)

    async def read_shares(self) -> None:
        await self._read(self.shares, self._door.shares)
        await self._read(self.borrowed, self._door.borrowed)

    async def read_safety(self) -> None:
        """Segments and addresses."""
        await self._read(self.segments, self._door.segments)
        await self._read(self.addresses, self._door.addresses)

    async def _read(self, reading: Reading[T], ask: Callable[[], Awaitable[T]]) -> None:
        try:
            self._take(reading, await ask())
        except AppError as problem:
            reading.problem = str(problem)

    def _take(self, reading: Reading[T], value: T) -> None:
        reading.value, reading.at, reading.problem = value, self._clock.now(), ""

    async def _converted(self, conversion: Conversion) -> None:
        """What our fills count as one is another from now on."""
        signed = conversion.quantity if conversion.side is Side.BUY else -conversion.quantity
        moves = [
            ((conversion.key, conversion.before), -signed),
            ((conversion.key, conversion.after), signed),
        ]
        for at, units in moves:
            self._state.adjustments[at] = self._state.adjustments.get(at, 0) + units
        self._state.revision += 1
        await self._note(Entry.REPLY, conversion, "converted")
        await self._keep(moves)
        self._unsure()

    async def _keep(self, moves: Sequence[tuple[Holding, int]]) -> None:
        rows = [
            [key, product.value, units]
            for (key, product), units in [*await self._today_s(), *moves]
        ]
        day = {"day": self._today(), "moves": rows}
        await self._preferences.set(ACCOUNT, self._kept_as, day)

    async def _today_s(self) -> list[tuple[Holding, int]]:
        kept = (await self._preferences.all(ACCOUNT)).get(self._kept_as)
        today = isinstance(kept, dict) and kept.get("day") == self._today()
        return _moves(kept["moves"]) if today and isinstance(kept, dict) else []

    def _today(self) -> str:
        return self._clock.now().astimezone(IST).date().isoformat()

    async def _note(self, kind: Entry, conversion: Conversion, text: str) -> None:
        facts: dict[str, Value] = {
            "key": conversion.key,
            "side": conversion.side,
            "quantity": conversion.quantity,
            "from": conversion.before,
            "to": conversion.after,
        }
        await self._records.note(kind, f"conversion {conversion.key}", text, **facts)


def _moves(kept: object) -> list[tuple[Holding, int]]:
    """Raises BadData for what no version of us has kept."""
    if not isinstance(kept, list):
        return []
    try:
        return [((InstrumentKey(key), Product(word)), int(units)) for key, word, units in kept]
    except (TypeError, ValueError) as problem:
        raise BadData("the conversions that were kept cannot be read") from problem
