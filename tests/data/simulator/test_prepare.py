from datetime import date

import pytest

from data.simulator.market import Market
from data.simulator.prepare import coming_day
from tests.data.simulator.running import DAY, StillClock, exchange_at


@pytest.mark.parametrize(
    ("hour", "minute", "speed", "day"),
    [
        (8, 0, 1.0, 18),
        (15, 38, 1.0, 18),
        (15, 39, 1.0, 19),
        (15, 39, 0.1, 18),
        (12, 0, 1000.0, 19),
        (18, 0, 1.0, 18),
    ],
)
def test_the_next_day_is_made_ready_a_minute_of_real_time_before_it_comes(
    market: Market, hour: int, minute: int, speed: float, day: int
) -> None:
    clock = StillClock(DAY.replace(hour=hour, minute=minute, second=30))
    clock.speed = speed
    exchange = exchange_at(market, clock)
    assert coming_day(exchange) == date(2026, 11, day)
