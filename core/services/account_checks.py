"""What the gate must know of the account and the day: registered addresses, price bands."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog

from core.clock import Clock
from core.errors import AppError
from core.ids import InstrumentKey
from core.ports.account import AccountDoor, RegisteredAddresses
from core.ports.market_data import MarketData
from core.services.risk_gate import RiskGate
from core.state.gtts import GttState
from core.state.health import BrokerHealth
from core.state.session import Login, SessionState
from core.state.trading import TradingState

log = structlog.get_logger(__name__)

LOOK: Final = 2.0
FRESH: Final = timedelta(minutes=5)
"""So long a contract's band is believed while somebody needs it; exchanges widen bands."""
STALE: Final = timedelta(minutes=15)
"""After which a band that nobody has asked for again is forgotten."""
TRY_AGAIN: Final = 30.0
REFUSED_FOR: Final = timedelta(minutes=1)
"""So long after a refusal of our address nothing more is sent."""
ADDRESSES_EVERY: Final = timedelta(hours=1)


class PriceBands:
    """Keeps `RiskGate.bands` for what is held, ordered, waits, or is about to be ordered."""

    def __init__(
        self,
        *,
        gate: RiskGate,
        trading: TradingState,
        gtts: GttState,
        market_data: MarketData,
        session: SessionState,
        clock: Clock,
    ) -> None:
        self._gate, self._trading, self._gtts = gate, trading, gtts
        self._market_data, self._session, self._clock = market_data, session, clock
        self._at: dict[InstrumentKey, datetime] = {}
        self._asked: dict[InstrumentKey, datetime] = {}
        self._wake = asyncio.Event()

    def want(self, key: InstrumentKey) -> None:
        """Somebody may order this contract soon, as with an open ticket."""
        self._asked[key] = self._clock.now()
        self._wake.set()

    def told(self, key: InstrumentKey, low: float, high: float) -> None:
        """A band that was learned by the way, as with a chain."""
        self._gate.bands[key], self._at[key] = (low, high), self._clock.now()

    def band(self, key: InstrumentKey) -> tuple[float, float] | None:
        """The day's limits in rupees; None where they are not known."""
        return self._gate.bands.get(key)

    async def run(self) -> None:
        """Ask for what is missing or old, until cancelled."""
        while True:
            self._wake.clear()
            pause = LOOK
            if self._session.login is Login.OK:
                try:
                    await self.look()
                except AppError as problem:
                    log.info("bands.not_read", problem=str(problem))
                    pause = TRY_AGAIN
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Once; raises what reading quotes raises."""
        now = self._clock.now()
        self._forget(now)
        due = [key for key in self._wanted() if now - self._at.get(key, _LONG_AGO) >= FRESH]
        if not due:
            return
        for key, quote in (await self._market_data.quotes(due)).items():
            self._at[key] = now
            if quote.lower_circuit is not None and quote.upper_circuit is not None:
                self._gate.bands[key] = (quote.lower_circuit, quote.upper_circuit)

    def forget(self) -> None:
        """A new day has new bands."""
        self._at.clear()
        self._gate.bands.clear()

    def _wanted(self) -> Iterable[InstrumentKey]:
        held = (at[0] for at in self._trading.holdings())
        working = (order.request.key for order in self._trading.working())
        waiting = (gtt.request.key for gtt in self._gtts.working())
        return dict.fromkeys([*held, *working, *waiting, *self._asked])

    def _forget(self, now: datetime) -> None:
        self._asked = {key: at for key, at in self._asked.items() if now - at < STALE}
        for key, at in list(self._at.items()):
            if now - at >= STALE:
                del self._at[key]
                self._gate.bands.pop(key, None)


class AddressCheck:
    """From where the broker takes orders, and whether it has refused this computer."""

    def __init__(
        self,
        *,
        door: AccountDoor | None,
        health: BrokerHealth,
        session: SessionState,
        clock: Clock,
    ) -> None:
        self._door, self._health, self._session, self._clock = door, health, session, clock
        self.addresses: RegisteredAddresses | None = None
        """None while they are not known."""
        self.problem = ""
        self.read_at: datetime | None = None

    def not_ready(self) -> list[str]:
        """Why no order would be taken from here; empty when nothing speaks against it."""
        found = []
        if self.addresses is not None and not self.addresses.primary:
            found.append("no address is registered at the broker, so it takes no orders from here")
        refused = self._health.address_refused_at
        if refused is not None and self._clock.now() - refused < REFUSED_FOR:
            words = ", ".join(_registered(self.addresses)) or "not known"
            found.append(
                f"the broker refuses orders from this computer's address (registered: {words})"
            )
        return found

    async def run(self) -> None:
        """Read them at login and every hour, until cancelled."""
        while True:
            if self._session.login is Login.OK and self._is_due():
                await self.read()
            await asyncio.sleep(LOOK if self.addresses is None else TRY_AGAIN)

    async def read(self) -> None:
        """Once; why it failed is kept in `problem`."""
        if self._door is None:
            return
        self.read_at = self._clock.now()
        try:
            self.addresses, self.problem = await self._door.addresses(), ""
        except AppError as problem:
            self.problem = str(problem)

    def _is_due(self) -> bool:
        if self.read_at is None:
            return True
        every = timedelta(seconds=TRY_AGAIN) if self.problem else ADDRESSES_EVERY
        return self._clock.now() - self.read_at >= every


def _registered(addresses: RegisteredAddresses | None) -> list[str]:
    if addresses is None:
        return []
    return [each for each in (addresses.primary, addresses.secondary) if each]


_LONG_AGO: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
