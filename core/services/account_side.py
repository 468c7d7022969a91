"""The account's side of a desk: GTTs, conversion, the broker's switch, addresses, price bands."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.clock import Clock
from core.ports.account import AccountDoor
from core.ports.gtt import GttDoor, GttRepository
from core.ports.market_data import MarketData
from core.ports.repositories import PreferenceRepository
from core.services.account_checks import AddressCheck, PriceBands
from core.services.account_desk import AccountDesk
from core.services.gtt_side import Gtts, make_gtts
from core.services.order_desk import OrderDesk
from core.services.order_pace import OrderPace
from core.services.order_records import OrderRecords
from core.services.reconciler import Reconciler
from core.services.risk_controls import RiskControls
from core.services.risk_gate import RiskGate
from core.state.gtts import GttState
from core.state.health import BrokerHealth
from core.state.notices import Notices
from core.state.session import SessionState
from core.state.trading import TradingState


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAround:
    """Doors and surroundings; None where who takes the orders has no such door."""

    gtt_door: GttDoor | None
    account_door: AccountDoor | None
    gtts: GttRepository
    market_data: MarketData
    health: BrokerHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderParts:
    """What of the order side the account's side is joined to."""

    account: str
    desk: OrderDesk
    gate: RiskGate
    pace: OrderPace
    records: OrderRecords
    controls: RiskControls
    reconciler: Reconciler
    state: TradingState
    session: SessionState
    preferences: PreferenceRepository
    clock: Clock
    notices: Notices


class AccountSide:
    """Made after the reconciler and the controls, to which it joins itself."""

    def __init__(self, around: AccountAround, parts: OrderParts) -> None:
        self._around, self._parts = around, parts
        self.gtts = self._make_gtts()
        self.desk = self._make_desk()
        self.bands = PriceBands(
            gate=parts.gate,
            trading=parts.state,
            gtts=self.gtts.state if self.gtts else GttState(),
            market_data=around.market_data,
            session=parts.session,
            clock=parts.clock,
        )
        self.addresses = AddressCheck(
            door=around.account_door,
            health=around.health,
            session=parts.session,
            clock=parts.clock,
        )

    def running(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {
            **({"gtts": self.gtts.watch.run} if self.gtts else {}),
            "price bands": self.bands.run,
            **({"addresses": self.addresses.run} if self._around.account_door else {}),
        }

    async def load(self) -> None:
        """Before anything is compared with the broker."""
        if self.desk is not None:
            await self.desk.load()

    def new_day(self) -> None:
        self.bands.forget()
        if self.gtts is not None:
            self.gtts.watch.soon()

    async def close(self) -> None:
        """Let what is on its way come to its end."""
        if self.gtts is not None:
            await self.gtts.desk.close()

    def _make_gtts(self) -> Gtts | None:
        parts = self._parts
        if self._around.gtt_door is None:
            return None
        made = make_gtts(
            door=self._around.gtt_door,
            kept=self._around.gtts,
            desk=parts.desk,
            gate=parts.gate,
            pace=parts.pace,
            trading=parts.state,
            clock=parts.clock,
            notices=parts.notices,
        )
        parts.controls.end_gtts = made.desk.end_all
        return made

    def _make_desk(self) -> AccountDesk | None:
        parts = self._parts
        if self._around.account_door is None:
            return None
        return AccountDesk(
            account=parts.account,
            door=self._around.account_door,
            gate=parts.gate,
            pace=parts.pace,
            records=parts.records,
            state=parts.state,
            preferences=parts.preferences,
            clock=parts.clock,
            unsure=parts.reconciler.soon,
        )
