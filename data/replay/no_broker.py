"""Where a broker would be asked: in a replay there is none, and each call says so."""

from datetime import date
from typing import Final, NoReturn

from core.errors import BrokerUnavailable
from core.ids import InstrumentKey, UserId
from core.instruments.candle import Candles, Interval
from core.instruments.instrument import Instrument
from core.ports.repositories import PreferenceRepository
from core.services.risk_controls import LIMITS, RISK
from core.services.strategy_runner import USER as SIGNALS

WORDS: Final = "there is no broker in a replay"


def none() -> NoReturn:
    raise BrokerUnavailable(WORDS)


class NoExpired:
    """Fills the `ExpiredContracts`."""

    async def expiries(self, underlying: InstrumentKey) -> list[date]:
        none()

    async def options(self, underlying: InstrumentKey, expiry: date) -> list[Instrument]:
        none()

    async def futures(self, underlying: InstrumentKey, expiry: date) -> list[Instrument]:
        none()

    def pieces(self, interval: Interval, first: date, last: date) -> list[tuple[date, date]]:
        return []

    async def bars(
        self, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Candles:
        none()

    async def days(self, key: InstrumentKey, first: date, last: date) -> Candles:
        none()


class NoSource:
    """Fills the `InstrumentSource`."""

    async def fetch(self) -> list[Instrument]:
        none()


class ReplayPreferences:
    """The user's choices, but for what a run does itself: a replay halts nobody else, is not
    halted by what another desk has stopped, and its strategies are not those of the live desk."""

    def __init__(self, kept: PreferenceRepository) -> None:
        self._kept = kept
        self._own: dict[UserId, dict[str, object]] = {RISK: {}, SIGNALS: {}}

    async def all(self, user: UserId) -> dict[str, object]:
        if user == SIGNALS:
            return self._own[user]
        chosen = await self._kept.all(user)
        if user != RISK:
            return chosen
        return {name: chosen[name] for name in (LIMITS,) if name in chosen} | self._own[user]

    async def set(self, user: UserId, name: str, value: object) -> None:
        if user in self._own:
            self._own[user][name] = value
        else:
            await self._kept.set(user, name, value)
