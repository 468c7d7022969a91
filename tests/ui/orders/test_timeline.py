"""The time-line of an order in words."""

from datetime import timedelta

from core.services.order_story import Step, Story, Teller
from core.trading.journal import Kind
from tests.core.trading.samples import NOW
from ui.orders import timeline

STEPS = (
    Step(at=NOW, teller=Teller.DESK, kind=Kind.INTENT, text="wanted", facts=(("key", "NSE_FO|1"),)),
    Step(
        at=NOW + timedelta(milliseconds=84),
        teller=Teller.DESK,
        kind=Kind.REPLY,
        text="taken",
        facts=(("broker_orders", "2608"), ("price", "150.00"), ("trigger price", "0.00")),
    ),
    Step(at=NOW, teller=Teller.BROKER, kind="state", text="rejected", said="RMS: no margin"),
    Step(at=NOW + timedelta(seconds=75), teller=Teller.DESK, kind=Kind.UPDATE, text="heard"),
)


def test_moments_are_as_exact_as_they_are_known() -> None:
    assert [timeline.moment(step) for step in STEPS] == [
        "10:30:00.000",
        "10:30:00.084",
        "10:30:00",
        "10:31:15.000",
    ]


def test_ages_run_from_one_exact_step_to_the_next() -> None:
    assert timeline.ages(STEPS) == ["", "+84 ms", "", "+1 m"]


def test_facts_leave_out_what_says_nothing_new() -> None:
    assert [timeline.facts(step) for step in STEPS[:2]] == ["", "broker orders 2608 · price 150.00"]


def test_the_text_has_every_step_and_the_brokers_own_words() -> None:
    text = timeline.as_text("BUY 65 X at 150.00", Story(steps=STEPS, lacking="No more."))
    lines = text.splitlines()
    assert lines[0] == "BUY 65 X at 150.00"
    assert lines[2] == (
        "2026-08-21 10:30:00.084  +84 ms  desk  Reply  taken  broker orders 2608 · price 150.00"
    )
    assert "“RMS: no margin”" in lines[3]
    assert lines[-1] == "No more."
