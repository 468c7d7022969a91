"""Whether one instrument's numbers can be believed now, for parts that show a single one."""

import numpy as np

from core.services import Services
from core.state.freshness import Freshness, freshness, why


def fresh(services: Services, row: int) -> tuple[str, str]:
    """The CSS class of its numbers, and the reason in words; both empty for a live one."""
    market, feed = services.market, services.health.feed
    now = services.clock.now()
    state = Freshness(int(freshness(market, feed, services.session, np.array([row]), now)[0]))
    old = state in (Freshness.STALE, Freshness.REFUSED)
    return ("stale" if old else ""), why(market, feed, row, state)
