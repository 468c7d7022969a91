"""A circuit breaker: after some failures in a row, ask no more for a while, then try one call."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from core.clock import Clock
from core.errors import BrokerUnavailable
from core.state.health import BrokerHealth

log = structlog.get_logger(__name__)

FAILURES: Final = 5
FIRST_REST: Final = 2.0
LONGEST_REST: Final = 30.0


class Breaker:
    """closed → open after `FAILURES` in a row → half-open after a rest: one probe decides."""

    def __init__(
        self, health: BrokerHealth, clock: Clock, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._health, self._clock, self._now = health, clock, now
        self._failed = 0
        self._rest = FIRST_REST
        self._until = 0.0
        self._probing = False

    def enter(self) -> None:
        """Ask before each call; raises BrokerUnavailable while the broker is left alone."""
        if self._health.breaker == "closed":
            return
        left = self._until - self._now()
        if left > 0 or self._probing:
            raise BrokerUnavailable(
                f"the broker does not answer; next try in {max(left, 1.0):.0f} s"
            )
        self._probing = True
        self._health.breaker = "half-open"

    def succeeded(self) -> None:
        self._failed, self._rest, self._probing = 0, FIRST_REST, False
        if self._health.breaker != "closed":
            log.info("breaker.closed")
        self._health.breaker, self._health.breaker_until = "closed", None

    def failed(self) -> None:
        self._failed += 1
        if self._probing or self._failed >= FAILURES:
            self._open()

    def left(self) -> None:
        """The call ended without saying anything about the broker (cancelled)."""
        self._probing = False

    def _open(self) -> None:
        self._probing = False
        self._until = self._now() + self._rest
        self._health.breaker = "open"
        self._health.breaker_until = self._clock.now() + timedelta(seconds=self._rest)
        log.warning("breaker.opened", failures=self._failed, rest=self._rest)
        self._rest = min(2 * self._rest, LONGEST_REST)
