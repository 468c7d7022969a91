"""The gate: puts together what is true now, and asks every check of every order."""

from collections.abc import Callable, Sequence
from datetime import datetime
from math import nan
from typing import Final

from core.clock import IST, Clock
from core.errors import RuleBroken
from core.ids import InstrumentKey, OrderId
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument
from core.ports.repositories import InstrumentRepository
from core.risk import checks
from core.risk.checks import Situation
from core.risk.exposure import Stake, stakes
from core.risk.limits import Limits, Standing, lock
from core.services.day_books import DayBooks
from core.state.market import Col, MarketState
from core.state.trading import TradingState
from core.trading.ledger import Holding
from core.trading.orders import Order
from core.trading.requests import OrderRequest

OUR_SEGMENTS: Final = ("NSE_", "BSE_")
"""Whose hours the calendar knows; for others the exchange itself says that it is closed."""
Ready = Callable[[], Sequence[str]]
Waiting = Callable[[], Sequence[tuple[InstrumentKey, int]]]


class RiskGate:
    """`ready` tells why no order may be sent at all, as without login or a registered address."""

    def __init__(
        self,
        *,
        state: TradingState,
        market: MarketState,
        instruments: InstrumentRepository,
        calendar: MarketCalendar,
        clock: Clock,
        ready: Ready = list,
        needs_arming: bool = False,
    ) -> None:
        self._state, self._market, self._instruments = state, market, instruments
        self._calendar, self._clock, self._ready = calendar, clock, ready
        self.needs_arming = needs_arming
        self._known: dict[InstrumentKey, Instrument] = {}
        self._books = DayBooks(state, market)
        self.bands: dict[InstrumentKey, tuple[float, float]] = {}
        """The day's price limits, rupees."""
        self.waiting: Waiting = list
        """Units, below 0 to be sold, that the broker may yet order by itself to open something."""

    async def know(self, key: InstrumentKey) -> Instrument:
        """The contract, with all others that are open or were traded today read too; raises
        RuleBroken for none."""
        wanted = {key, *(at[0] for at in self._state.holdings())}
        wanted |= {position.key for position in self._state.ledger.positions()}
        wanted |= {order.request.key for order in self._state.working()}
        wanted |= {each for each, _ in self.waiting()}
        if missing := [each for each in wanted if each not in self._known]:
            self._known |= await self._instruments.get_many(missing)
        if key not in self._known:
            raise RuleBroken(f"{key} is not listed today")
        return self._known[key]

    def knows(self, key: InstrumentKey) -> bool:
        """Whether an order for it can be judged at once."""
        return key in self._known

    async def know_open(self, *more: InstrumentKey) -> None:
        """Read the contracts of all that is held and all that works."""
        wanted = {*more, *(at[0] for at in self._state.holdings())}
        wanted |= {order.request.key for order in self._state.working()}
        wanted |= {each for each, _ in self.waiting()}
        if missing := [each for each in wanted if each not in self._known]:
            self._known |= await self._instruments.get_many(missing)

    def symbol(self, key: InstrumentKey) -> str:
        """A contract's name, as far as the gate has looked at it; else its key."""
        return self._known[key].symbol if key in self._known else key

    def forget(self) -> None:
        """A new day lists anew."""
        self._known.clear()
        self.bands.clear()

    def refusals(
        self,
        request: OrderRequest,
        instead_of: OrderId | None = None,
        *,
        flatten: bool = False,
        closing: bool = False,
    ) -> list[str]:
        """Why an order may not be sent; empty when it may. Its contract must be known.

        `instead_of` is the order that it modifies; one that is `closing` may open nothing.
        `flatten` is the kill switch's own exit: it passes the limits, never the exchange's rules.
        """
        situation = self.situation(request, instead_of)
        found = checks.refusals(request, situation, self._state.limits)
        reduces = checks.reduces(request, situation)
        if closing and not reduces:
            found.insert(0, "it would do more than close what is held and not being closed already")
        if not flatten:
            return found
        if not reduces:
            return ["only an exit closes what is held"]
        bare = Situation(now=situation.now, instrument=situation.instrument, ltp=situation.ltp)
        return checks.refusals(request, bare, _NO_LIMITS)

    def halted(self) -> str:
        """Why an order that passed must not leave after all; empty when it may."""
        state = self._state
        return f"trading is halted: {state.standing_reason}" if _is_halted(state) else ""

    def warnings(self, request: OrderRequest) -> list[str]:
        return checks.warnings(request, self.situation(request))

    def situation(self, request: OrderRequest, instead_of: OrderId | None = None) -> Situation:
        state, now, key = self._state, self._clock.now(), request.key
        others = [(order, units) for order, units in state.left() if order.id != instead_of]
        working = [(order.request.key, units) for order, units in others]
        working += self.waiting()
        self.watch_the_day()
        return Situation(
            now=now,
            instrument=self._known[key],
            standing=state.standing,
            standing_reason=state.standing_reason,
            lock_reason=state.lock_reason,
            blocked=state.blocked(key),
            not_ready=self.not_ready(),
            market_open=request.amo or self._is_open(key, now),
            bid=self._market.get(key, Col.BID),
            ask=self._market.get(key, Col.ASK),
            ltp=self._market.get(key, Col.LTP),
            band=self.bands.get(key),
            held=state.held(key, request.product),
            exiting=sum(abs(units) for o, units in others if _closes_as(o, request)),
            before=self._stakes(working),
            after=self._stakes([*working, (key, request.signed)]),
            alike=[] if instead_of else [o.placed_at for o in state.own() if o.request == request],
            orders_today=self.orders_today(),
            pnl=self.day_pnl(),
            banned=self._known[key].underlying_symbol in state.limits.banned,
        )

    def watch_the_day(self) -> None:
        """Lock the day for new risk once its loss or profit says so; a new day unlocks."""
        state, today = self._state, self._calendar.today()
        if state.locked_on != today:
            if state.locked_on is not None:
                state.best_pnl, state.lock_reason = 0.0, ""
            state.locked_on = today
        pnl = self.day_pnl()
        if pnl != pnl:
            return
        state.best_pnl = max(state.best_pnl, pnl)
        if not state.lock_reason:
            state.lock_reason = lock(state.limits, pnl, state.best_pnl)

    def day_pnl(self) -> float:
        """Rupees after charges; nan while a price of something held, or a charge, is not known.

        What was held before today counts from yesterday's close.
        """
        net = self._books.net(self._known)
        return nan if net is None else float(net)

    def not_ready(self) -> list[str]:
        """Why no order may be sent at all now."""
        state, found = self._state, list(self._ready())
        if state.reconciled_at is None:
            found.append("orders wait until all was compared with the broker once")
        elif state.reconciled_at.astimezone(IST).date() != self._calendar.today():
            found.append("orders wait until the new day was compared with the broker")
        if self.needs_arming and not state.armed:
            found.append("live orders are not armed in this session")
        return found

    def _is_open(self, key: InstrumentKey, now: datetime) -> bool:
        if not key.startswith(OUR_SEGMENTS):
            return True
        session = self._calendar.session_of(now.astimezone(IST).date())
        return session is not None and session.open_at(now)

    def _stakes(self, working: list[tuple[InstrumentKey, int]]) -> list[Stake]:
        held: dict[InstrumentKey, int] = {}
        for (key, _), units in self._state.holdings().items():
            held[key] = held.get(key, 0) + units
        return stakes(held, working, self._known)

    def open_stakes(self) -> list[Stake]:
        """All that is held, with what works taken as filled where that is worse."""
        return self._stakes([(order.request.key, units) for order, units in self._state.left()])

    def orders_today(self) -> int:
        today = self._clock.now().astimezone(IST).date()
        return sum(o.placed_at.astimezone(IST).date() == today for o in self._state.own())

    def exits(self) -> list[tuple[Holding, Instrument | None, int]]:
        """What is held, with the contract where it is known."""
        return [(at, self._known.get(at[0]), n) for at, n in self._state.holdings().items()]


def _is_halted(state: TradingState) -> bool:
    return state.standing is Standing.HALTED


def _closes_as(order: Order, request: OrderRequest) -> bool:
    """Whether an order closes the same holding as the one that is wanted."""
    other = order.request
    return (other.key, other.product, other.side) == (request.key, request.product, request.side)


_NO_LIMITS: Final = Limits(
    order_lots=None,
    order_value=None,
    open_lots=None,
    naked_lots=None,
    orders_a_day=None,
    fat_finger=None,
    duplicate_seconds=0,
)
