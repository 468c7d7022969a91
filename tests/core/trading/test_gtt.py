"""Orders good till triggered: terms, and what the broker's words add up to."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.errors import BadData, RuleBroken
from core.ids import BrokerGttId, BrokerOrderId, GttId
from core.trading.gtt import (
    BrokerGtt,
    Gtt,
    GttStatus,
    RuleStatus,
    ToldRule,
    child_id,
    parent_of,
)
from core.trading.gtt_terms import (
    GttKind,
    GttRequest,
    Role,
    Rule,
    Trigger,
    fires_at_once,
    gap_problem,
    new_gtt_id,
    pair,
)
from core.trading.orders import Fate
from core.trading.requests import Product, Side
from tests.core.trading.samples import CALL, NOW, PUT

THEIRS = BrokerGttId("GTT-CU26082100000001")


def rule(role: Role, price: int, trigger: Trigger = Trigger.IMMEDIATE, **other: Any) -> Rule:
    return replace(Rule(role=role, trigger=trigger, price=Decimal(price)), **other)


ENTRY = rule(Role.ENTRY, 150, Trigger.ABOVE)
TARGET, STOP = rule(Role.TARGET, 180), rule(Role.STOPLOSS, 140)


def wanted(*rules: Rule, **other: Any) -> GttRequest:
    usual: dict[str, Any] = {
        "key": CALL.key,
        "side": Side.BUY,
        "quantity": 65,
        "product": Product.CARRY,
    }
    return GttRequest(**(usual | {"rules": rules} | other))


BRACKET = wanted(ENTRY, TARGET, STOP)


def told(request: GttRequest, *statuses: RuleStatus, id: BrokerGttId = THEIRS) -> BrokerGtt:
    return BrokerGtt(
        id=id,
        key=request.key,
        product=request.product,
        quantity=request.quantity,
        rules=tuple(
            ToldRule(
                role=each.role,
                trigger=each.trigger,
                price=each.price,
                side=request.side_of(each.role),
                status=status,
                trailing_gap=each.trailing_gap,
            )
            for each, status in zip(request.rules, statuses, strict=True)
        ),
        created_at=NOW,
        expires_at=NOW + timedelta(days=365),
    )


def written(request: GttRequest = BRACKET) -> Gtt:
    return Gtt(id=new_gtt_id(NOW), request=request, placed_at=NOW)


WAITS, AFTER, FIRED, WORKS, DONE, ENDED, FAILED, LATE = (
    RuleStatus.SCHEDULED,
    RuleStatus.PENDING,
    RuleStatus.TRIGGERED,
    RuleStatus.OPEN,
    RuleStatus.COMPLETED,
    RuleStatus.CANCELLED,
    RuleStatus.FAILED,
    RuleStatus.EXPIRED,
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": 0}, "0 units"),
        ({"rules": (TARGET, STOP)}, "one entry"),
        ({"rules": (ENTRY, ENTRY)}, "one entry"),
        ({"rules": (ENTRY, STOP, STOP)}, "only one target and one stop"),
        ({"rules": (ENTRY, rule(Role.TARGET, 140))}, "target of a buy lies above"),
        ({"rules": (ENTRY, rule(Role.STOPLOSS, 150))}, "stop loss of a buy lies below"),
        ({"side": Side.SELL}, "target of a sell lies below"),
        ({"rules": (rule(Role.ENTRY, 0),)}, "no price"),
        ({"rules": (rule(Role.ENTRY, 1, protection=26),)}, "1 to 25"),
        ({"rules": (ENTRY, replace(TARGET, trigger=Trigger.ABOVE))}, "active by itself"),
        ({"rules": (ENTRY, replace(TARGET, trailing_gap=Decimal(1)))}, "cannot trail"),
        ({"rules": (ENTRY, replace(STOP, trailing_gap=Decimal(0)))}, "no trailing gap"),
    ],
)
def test_terms_that_no_broker_can_take_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(RuleBroken, match=words):
        replace(BRACKET, **change)


def test_the_kind_is_told_by_the_rules() -> None:
    assert wanted(ENTRY).kind is GttKind.SINGLE
    assert BRACKET.kind is GttKind.BRACKET
    assert wanted(ENTRY, tied=GttId("sg1")).kind is GttKind.OCO


def test_the_exits_of_a_bracket_are_of_the_other_side() -> None:
    assert [BRACKET.side_of(r) for r in Role] == [Side.BUY, Side.SELL, Side.SELL]


def test_a_pair_closes_the_same_units_with_the_target_on_the_winning_side() -> None:
    stop = wanted(rule(Role.ENTRY, 140, Trigger.BELOW), side=Side.SELL)
    target = wanted(rule(Role.ENTRY, 180, Trigger.ABOVE), side=Side.SELL)
    ids = (GttId("sg1"), GttId("sg2"))
    one, other = pair(stop, target, ids)
    assert (one.tied, other.tied) == (ids[1], ids[0])
    with pytest.raises(RuleBroken, match="lies above its stop"):
        pair(target, stop, ids)
    with pytest.raises(RuleBroken, match="same units"):
        pair(stop, replace(target, quantity=130), ids)


def test_a_trailing_gap_is_at_least_a_tenth_of_the_way_to_the_stop() -> None:
    close = wanted(ENTRY, replace(STOP, trailing_gap=Decimal("0.9")))
    assert "at least ₹1.00" in gap_problem(close, 150.0)
    assert gap_problem(close, 149.0) == ""
    assert gap_problem(close, float("nan")) == ""


def test_a_trigger_that_the_price_has_passed_fires_at_once() -> None:
    above = wanted(ENTRY)
    assert fires_at_once(above, 150.0)
    assert not fires_at_once(above, 149.95)
    below = wanted(replace(ENTRY, trigger=Trigger.BELOW))
    assert fires_at_once(below, 149.95)
    assert not fires_at_once(below, float("nan"))


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ((WAITS, AFTER, AFTER), GttStatus.WAITING),
        ((FIRED, AFTER, AFTER), GttStatus.ENTERING),
        ((WORKS, AFTER, AFTER), GttStatus.ENTERING),
        ((DONE, WORKS, WORKS), GttStatus.GUARDING),
        ((DONE, DONE, ENDED), GttStatus.DONE),
        ((ENDED, ENDED, ENDED), GttStatus.CANCELLED),
        ((DONE, ENDED, ENDED), GttStatus.CANCELLED),
        ((LATE, LATE, LATE), GttStatus.EXPIRED),
        ((DONE, ENDED, FAILED), GttStatus.FAILED),
    ],
)
def test_the_rules_add_up_to_one_status(
    statuses: tuple[RuleStatus, ...], status: GttStatus
) -> None:
    assert written().heard(told(BRACKET, *statuses)).status is status


def test_a_single_is_done_with_its_entry() -> None:
    assert written(wanted(ENTRY)).heard(told(wanted(ENTRY), DONE)).status is GttStatus.DONE


def test_the_sending_alone_tells_the_status_before_the_broker_does() -> None:
    gtt = written()
    assert gtt.status is GttStatus.PENDING
    assert gtt.moved_to(Fate.UNANSWERED).status is GttStatus.UNKNOWN
    assert gtt.moved_to(Fate.UNANSWERED).moved_to(Fate.MISSING).status is GttStatus.LOST
    assert gtt.moved_to(Fate.REFUSED, "no").why == "no"
    assert gtt.taken(THEIRS).status is GttStatus.ACCEPTED
    with pytest.raises(BadData):
        gtt.taken(THEIRS).moved_to(Fate.MISSING)


def test_a_rule_that_is_over_stays_over_and_an_order_stays_named() -> None:
    done = told(BRACKET, DONE, WORKS, WORKS)
    entry = replace(done.rules[0], order_id=BrokerOrderId("1"))
    gtt = written().heard(replace(done, rules=(entry, *done.rules[1:])))
    late = gtt.heard(told(BRACKET, WORKS, AFTER, AFTER))
    assert late.told is not None
    assert (late.told.entry.status, late.orders) == (DONE, (BrokerOrderId("1"),))


def test_what_left_the_list_without_a_word_is_gone_and_may_come_back() -> None:
    gtt = written().heard(told(BRACKET, WAITS, AFTER, AFTER))
    assert replace(gtt, gone=True).status is GttStatus.GONE
    assert (
        replace(gtt, gone=True).heard(told(BRACKET, WAITS, AFTER, AFTER)).status
        is GttStatus.WAITING
    )
    assert gtt.may_enter
    assert not gtt.heard(told(BRACKET, DONE, WORKS, WORKS)).may_enter


def test_a_lost_one_is_known_by_what_it_says() -> None:
    gtt = written().moved_to(Fate.UNANSWERED)
    assert gtt.is_told_by(told(BRACKET, WAITS, AFTER, AFTER))
    other = told(replace(BRACKET, quantity=130), WAITS, AFTER, AFTER)
    assert not gtt.is_told_by(other)
    assert not gtt.is_told_by(replace(told(BRACKET, WAITS, AFTER, AFTER), key=PUT.key))
    old = replace(told(BRACKET, WAITS, AFTER, AFTER), created_at=NOW - timedelta(seconds=2))
    assert not gtt.is_told_by(old)
    dearer = wanted(replace(ENTRY, price=Decimal(151)), TARGET, STOP)
    assert not gtt.is_told_by(told(dearer, WAITS, AFTER, AFTER))


def test_a_stop_that_has_trailed_is_known_all_the_same() -> None:
    trailing = wanted(ENTRY, replace(STOP, trailing_gap=Decimal(2)))
    moved = wanted(ENTRY, replace(STOP, trailing_gap=Decimal(2), price=Decimal(144)))
    gtt = written(trailing).moved_to(Fate.UNANSWERED)
    assert gtt.is_told_by(told(moved, DONE, WORKS))
    after = gtt.heard(told(moved, DONE, WORKS)).terms.rule(Role.STOPLOSS)
    assert after is not None
    assert after.price == 144


def test_an_order_s_name_tells_which_gtt_placed_it() -> None:
    gtt = written()
    assert parent_of(child_id(gtt.id, BrokerOrderId("26082100001"))) == gtt.id
    assert parent_of(child_id(GttId("external"), BrokerOrderId("1"))) is None
