"""Units belong to groups by their orders, by hand, and no longer once they are closed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RuleBroken
from core.trading.fills import Fill
from core.trading.group_numbers import numbers
from core.trading.groups import (
    How,
    StrategyGroup,
    by_hand,
    claims,
    lacking,
    lot_of,
    moved,
    walk,
)
from core.trading.requests import Product
from tests.core.trading.samples import KEY, LISTED, LOT, NOW, OTHER, fill

AT = (KEY, Product.CARRY)


def group(id: str, units: int = 0, at: int = 0) -> StrategyGroup:
    when = NOW + timedelta(seconds=at)
    lots = (replace(by_hand(AT, units, Decimal(150), when), id=f"hand-{id}"),) if units else ()
    return StrategyGroup(id=id, account="a", lots=lots, created_at=when, edited_at=when)


def entered(
    groups: list[StrategyGroup], opening: int, fills: list[Fill], **owners: str
) -> dict[str, int]:
    """Units of each group after the walk; `owners` by the fill's number as f1, f2, …"""
    owned = {f.id: owners.get(f"f{f.trade_id}", "") for f in fills}
    found = walk(AT, groups, opening, fills, owned)
    after = {each.id: each for each in groups}
    for id, lot in (*found.own, *found.elsewhere):
        after[id] = after.get(id, replace(group(id), from_orders=True)).with_lots([lot], NOW)
    again = walk(AT, list(after.values()), opening, fills, owned)
    for id, lot in (*again.own, *again.elsewhere):
        assert after[id].with_lots([lot], NOW) is after[id], "told again it tells the same"
    return {id: each.held().get(AT, 0) for id, each in after.items()}


def test_fills_of_its_orders_are_its_own() -> None:
    fills = [fill(1, -LOT, "150"), fill(2, LOT, "140"), fill(3, -LOT, "150")]
    assert entered([group("a")], 0, fills, f1="a", f2="a") == {"a": 0}


def test_an_order_of_a_new_name_makes_a_group_only_where_it_opens_something() -> None:
    fills = [fill(1, -LOT, "150"), fill(2, LOT, "140")]
    assert entered([], 0, fills[:1], f1="new") == {"new": -LOT}
    assert entered([], 0, fills, f1="new", f2="exit") == {"new": 0}


def test_an_order_that_rolls_closes_the_old_group_and_is_no_part_of_it() -> None:
    """Its name becomes a group's elsewhere; what it closed here stays closed elsewhere."""
    rolled = replace(group("roll"), from_orders=True)
    assert entered([group("a", -LOT), rolled], -LOT, [fill(5, LOT, "1")], f5="roll") == {
        "a": 0,
        "roll": 0,
    }


def test_what_nobody_claims_is_closed_first() -> None:
    groups = [group("a", -LOT), group("b", -LOT, at=1)]
    assert entered(groups, -3 * LOT, [fill(5, LOT, "1")]) == {"a": -LOT, "b": -LOT}
    closed = [fill(5, LOT, "1"), fill(6, LOT, "1")]
    assert entered(groups, -3 * LOT, closed) == {"a": 0, "b": -LOT}
    assert entered(groups, -3 * LOT, [fill(5, 4 * LOT, "1")]) == {"a": 0, "b": 0}


def test_what_is_opened_again_by_hand_belongs_to_nobody() -> None:
    fills = [fill(5, LOT, "140"), fill(6, -LOT, "150")]
    assert entered([group("a", -LOT)], -LOT, fills) == {"a": 0}


def test_what_was_closed_before_the_group_took_it_does_not_concern_it() -> None:
    fills = [fill(1, -2 * LOT, "150"), fill(2, LOT, "140")]
    assert entered([group("a", -LOT, at=3)], 0, fills) == {"a": -LOT}


@given(
    st.lists(
        st.tuples(st.integers(-4, 4).filter(bool), st.sampled_from(["", "", "a", "b", "new"])),
        max_size=14,
    ),
    st.integers(-3, 3),
)
def test_units_of_groups_follow_every_run_of_fills(
    trades: list[tuple[int, str]], opening: int
) -> None:
    fills = [fill(n, units * LOT, "150") for n, (units, _) in enumerate(trades, 1)]
    owners = {f"f{n}": owner for n, (_, owner) in enumerate(trades, 1)}
    before = [group("a", opening * LOT), group("b")]
    held = entered(before, opening * LOT, fills, **owners)
    foreign = all(owner == "" for _, owner in trades)
    total = opening * LOT + sum(each.signed for each in fills)
    if foreign:  # what nobody of the groups has traded never adds to them
        assert abs(held["a"]) <= abs(opening * LOT)
        assert abs(held["a"]) <= abs(total) or held["a"] * total <= 0


def test_a_group_that_is_dissolved_claims_nothing() -> None:
    gone = replace(group("a", -LOT), dissolved=True)
    assert gone.held() == {}
    assert entered([gone, group("b", -LOT)], -2 * LOT, [fill(5, LOT, "1")]) == {"a": 0, "b": -LOT}
    assert claims([gone, group("b", -LOT)]) == {AT: -LOT}


def test_units_closed_elsewhere_keep_their_price() -> None:
    (found,) = walk(AT, [group("a", -2 * LOT)], -2 * LOT, [fill(5, LOT, "140")], {}).elsewhere
    assert (found[0], found[1].quantity, found[1].how) == ("a", LOT, How.ELSEWHERE)
    after = group("a", -2 * LOT).with_lots([found[1]], NOW)
    assert float(after.position(AT).earned) == 650


def test_more_claimed_than_held_is_told() -> None:
    groups = [group("a", -LOT), group("b", -2 * LOT)]
    claimed = claims(groups)
    assert lacking(groups[0], {AT: -3 * LOT}, claimed) == {}
    assert lacking(groups[0], {AT: -2 * LOT}, claimed) == {AT: -LOT}
    assert lacking(groups[1], {AT: LOT}, claimed) == {AT: -2 * LOT}
    long = group("a", LOT)
    assert lacking(long, {}, claims([long])) == {AT: LOT}
    assert lacking(long, {AT: 5 * LOT}, claims([long])) == {}


def test_moving_units_earns_nothing() -> None:
    given = group("a").with_lots(
        [lot_of(fill(1, -LOT, "150.05")), lot_of(fill(2, -LOT, "149.95"))], NOW
    )
    out, into = moved(given, {AT: -LOT}, NOW + timedelta(seconds=9))
    assert given.with_lots(out, NOW).position(AT).earned == 0
    assert group("b").with_lots(into, NOW).position(AT).average_price == Decimal(150)
    for units in (LOT, -3 * LOT):
        with pytest.raises(RuleBroken):
            moved(given, {AT: units}, NOW)


def test_the_premium_is_of_one_unit_of_the_whole() -> None:
    lots = [
        replace(by_hand((KEY, Product.CARRY), -2 * LOT, Decimal(100), NOW), id="1"),
        replace(by_hand((OTHER, Product.CARRY), LOT, Decimal(30), NOW), id="2"),
    ]
    positions = group("a").with_lots(lots, NOW).positions()
    prices = {KEY: 80.0, OTHER: 20.0}
    told = numbers(positions, prices.__getitem__, LISTED)
    assert (told.entry, told.premium, told.base) == (170.0, 140.0, 170.0 * LOT)
    assert told.pnl == LOT * (2 * 20 - 10)
    assert told.shape == f"-2×{KEY} +1×{OTHER}"
    unlisted = numbers(positions, prices.__getitem__, {})
    assert unlisted.entry != unlisted.entry
    assert unlisted.pnl == told.pnl
    nothing = numbers([], prices.__getitem__, LISTED)
    assert (nothing.pnl, nothing.shape) == (0.0, "")
