import pytest

from data.simulator.answers import ApiError
from data.simulator.limits import STANDARD, RateLimits


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def spend(limits: RateLimits, times: int) -> int:
    """How many of so many calls are let through."""
    passed, codes = 0, set()
    for _ in range(times):
        try:
            limits.spend("token", "GET /x")
        except ApiError as refusal:
            codes.add((refusal.code, refusal.status))
        else:
            passed += 1
    assert codes <= {("UDAPI10005", 429)}
    return passed


def test_fifty_calls_a_second_and_not_one_more() -> None:
    stopwatch = Stopwatch()
    limits = RateLimits(STANDARD, stopwatch)
    assert spend(limits, 60) == 50
    stopwatch.seconds = 1.001
    assert spend(limits, 60) == 50


def test_five_hundred_a_minute_and_two_thousand_in_half_an_hour() -> None:
    stopwatch = Stopwatch()
    limits = RateLimits(STANDARD, stopwatch)
    passed_by_minute = []
    for minute in range(6):
        passed = 0
        for second in range(20):
            stopwatch.seconds = minute * 61 + second * 1.01
            passed += spend(limits, 30)
        passed_by_minute.append(passed)
    assert passed_by_minute == [500, 500, 500, 500, 0, 0]


def test_each_call_of_each_user_has_an_allowance_of_its_own() -> None:
    limits = RateLimits(STANDARD, Stopwatch())
    assert spend(limits, 50) == 50
    limits.spend("token", "GET /y")
    limits.spend("another", "GET /x")
    with pytest.raises(ApiError):
        limits.spend("token", "GET /x")
