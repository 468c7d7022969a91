"""GTTs on paper: what triggers them, what they place, and how they end."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.errors import BrokerRejected
from core.ids import BrokerGttId
from core.trading.gtt import BrokerGtt, GttStatus, RuleStatus
from core.trading.gtt_terms import GttRequest, Role, Rule, Trigger
from core.trading.requests import Product, Side
from tests.core.trading.samples import CALL, KEY, LOT
from tests.paper import PaperBench, at, paper_bench

D = Decimal
ENTRY, TARGET, STOP = Role.ENTRY, Role.TARGET, Role.STOPLOSS


@pytest.fixture
def bench() -> PaperBench:
    return paper_bench()


def rule(role: Role, price: str, trigger: Trigger = Trigger.IMMEDIATE, **more: object) -> Rule:
    return Rule(role=role, trigger=trigger, price=D(price), **more)  # type: ignore[arg-type]


def wanted(*rules: Rule, **more: object) -> GttRequest:
    given: dict[str, object] = {
        "key": KEY,
        "side": Side.BUY,
        "quantity": 2 * LOT,
        "product": Product.CARRY,
        "rules": rules,
    }
    return GttRequest(**(given | more))  # type: ignore[arg-type]


BRACKET = wanted(rule(ENTRY, "150.05"), rule(TARGET, "160"), rule(STOP, "145"))


def place(bench: PaperBench, request: GttRequest = BRACKET) -> BrokerGttId:
    return bench.account.gtts.place(request, CALL, bench.now)


def told(bench: PaperBench, id: BrokerGttId) -> BrokerGtt:
    return bench.account.memory.gtts[id].told


def statuses(bench: PaperBench, id: BrokerGttId) -> list[RuleStatus]:
    return [each.status for each in told(bench, id).rules]


def held(bench: PaperBench) -> int:
    return bench.account.books.position(KEY, Product.CARRY).quantity


@pytest.mark.parametrize(
    ("trigger", "not_yet", "then"),
    [(Trigger.ABOVE, "159.95", "160"), (Trigger.BELOW, "160.05", "160")],
)
def test_a_single_places_its_order_when_others_trade_at_its_trigger(
    bench: PaperBench, trigger: Trigger, not_yet: str, then: str
) -> None:
    id = place(bench, wanted(rule(ENTRY, "160", trigger)))
    bench.trade(not_yet)
    assert told(bench, id).status is GttStatus.WAITING
    bench.quote([("159.90", 650)], [("159.95", 650)])
    bench.trade(then)
    assert told(bench, id).status is GttStatus.DONE
    (order,) = bench.account.orders()
    assert (order.born_of, order.price, order.filled) == (id, 160, 130)


def test_a_target_that_is_filled_ends_the_stop(bench: PaperBench) -> None:
    id = place(bench)
    bench.quote([("160", 650)], [("160.05", 650)])
    assert told(bench, id).status is GttStatus.DONE
    assert statuses(bench, id) == [
        RuleStatus.COMPLETED,
        RuleStatus.COMPLETED,
        RuleStatus.CANCELLED,
    ]
    assert held(bench) == 0


def test_a_stop_ends_the_target_and_sells_what_that_has_left(bench: PaperBench) -> None:
    id = place(bench)
    bench.quote([("160", LOT)], [("160.05", 650)])
    assert held(bench) == LOT
    bench.quote([("145", 650)], [("145.05", 650)])
    bench.trade("145")
    assert statuses(bench, id) == [
        RuleStatus.COMPLETED,
        RuleStatus.CANCELLED,
        RuleStatus.COMPLETED,
    ]
    assert held(bench) == 0
    stop = told(bench, id).rule(STOP)
    assert stop is not None
    assert stop.order_id is not None
    assert bench.order(stop.order_id).filled == LOT


def test_exits_live_for_what_came_in(bench: PaperBench) -> None:
    bench.quote([("149.95", 650)], [("150.05", LOT)])
    id = place(bench)
    (entry,) = bench.account.orders()
    bench.account.cancel(entry.id, bench.now)
    target = told(bench, id).rule(TARGET)
    assert target is not None
    assert target.order_id is not None
    assert bench.order(target.order_id).terms.quantity == LOT


def test_an_entry_that_is_refused_ends_all(bench: PaperBench) -> None:
    poor = paper_bench(capital=10_000)
    id = place(poor)
    assert told(poor, id).status is GttStatus.FAILED
    assert statuses(poor, id)[1:] == [RuleStatus.CANCELLED, RuleStatus.CANCELLED]


def test_a_stop_trails_by_whole_gaps_and_never_back(bench: PaperBench) -> None:
    stop = rule(STOP, "145", trailing_gap=D("2"))
    id = place(bench, wanted(rule(ENTRY, "150.05"), stop))
    for last, expected in (("151.90", "145"), ("154.50", "149"), ("150", "149"), ("156", "151")):
        bench.quote([(last, 650)], [("170", 650)])
        bench.trade(last)
        trailed = told(bench, id).rule(STOP)
        assert trailed is not None
        assert trailed.price == D(expected)
    bench.trade("151")
    assert held(bench) == 0


def test_protection_lets_the_order_of_a_stop_be_worse_than_its_trigger(bench: PaperBench) -> None:
    id = place(bench, wanted(rule(ENTRY, "150.05"), rule(STOP, "145", protection=10)))
    bench.quote([("140", 650)], [("141", 650)])
    bench.trade("140")
    stop = told(bench, id).rule(STOP)
    assert stop is not None
    assert stop.order_id is not None
    assert bench.order(stop.order_id).terms.price == D("130.50")
    assert held(bench) == 0


def test_a_target_is_placed_again_the_next_day_and_the_stop_watched_on(bench: PaperBench) -> None:
    id = place(bench)
    bench.go(at(9, 16, day=date(2026, 8, 24)))
    bench = bench.restarted()
    bench.spot()
    assert statuses(bench, id)[1:] == [RuleStatus.OPEN, RuleStatus.OPEN]
    bench.quote([("160", 650)], [("160.05", 650)])
    assert held(bench) == 0
    assert told(bench, id).status is GttStatus.DONE


def test_a_stop_whose_order_found_nobody_is_watched_again_the_next_day(bench: PaperBench) -> None:
    id = place(bench, wanted(rule(ENTRY, "150.05"), rule(STOP, "145")))
    bench.quote([("100", 650)], [("101", 650)])
    bench.trade("100")
    assert held(bench) == 130
    bench.go(at(9, 16, day=date(2026, 8, 24)))
    bench.quote([("145", 650)], [("146", 650)])
    bench.trade("146")
    assert held(bench) == 130
    bench.trade("144")
    assert held(bench) == 0
    assert told(bench, id).status is GttStatus.DONE


def test_what_ends_with_the_day_or_with_its_contract_expires() -> None:
    bench = paper_bench(at(10, day=date(2026, 8, 25)))
    id = place(bench, wanted(rule(ENTRY, "300", Trigger.ABOVE)))
    bench.go(at(15, 40, day=date(2026, 8, 25)))
    assert told(bench, id).status is GttStatus.EXPIRED
    assert bench.account.gtts.all() == []


def test_a_waiting_one_takes_new_terms_and_a_guarding_one_moves_its_exits(
    bench: PaperBench,
) -> None:
    waiting = place(bench, wanted(rule(ENTRY, "300", Trigger.ABOVE)))
    bench.account.gtts.modify(waiting, BRACKET, bench.now)
    assert told(bench, waiting).status is GttStatus.GUARDING
    moved = replace(BRACKET, rules=(BRACKET.rules[0], rule(TARGET, "170"), rule(STOP, "149")))
    bench.account.gtts.modify(waiting, moved, bench.now)
    bench.quote([("165", 650)], [("166", 650)])
    assert held(bench) == 130
    bench.trade("149")
    assert told(bench, waiting).rules[2].order_id is not None


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (wanted(rule(ENTRY, "150.02")), "tick"),
        (wanted(rule(ENTRY, "150"), quantity=64), "lot"),
        (wanted(rule(ENTRY, "150"), quantity=1820), "freeze"),
        (
            wanted(rule(ENTRY, "150.05"), rule(STOP, "140", trailing_gap=D("0.5"))),
            "trailing gap must be at least",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused(bench: PaperBench, request_: GttRequest, why: str) -> None:
    with pytest.raises(BrokerRejected, match=why):
        place(bench, request_)
    assert bench.account.gtts.all() == []
