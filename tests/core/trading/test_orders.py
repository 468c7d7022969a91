"""Whatever is heard of an order, in any order and repeated, adds up to the same truth."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadData
from core.ids import BrokerOrderId, InstrumentKey
from core.trading.broker_orders import FINAL, HOW_FAR, BrokerOrder, Status, merge_all
from core.trading.orders import FATES, NEXT, Fate, Order
from core.trading.requests import Side
from tests.core.trading.samples import LOT, NOW, ask, at_broker, order

WORDS = st.builds(
    at_broker,
    id=st.sampled_from(["1", "2"]),
    status=st.sampled_from([each for each in HOW_FAR if each is not Status.PARTIAL]),
    filled=st.integers(0, LOT),
    revision=st.integers(0, 2),
    average_price=st.sampled_from([Decimal(149), Decimal(150)]),
    at=st.sampled_from([NOW, NOW + timedelta(seconds=1)]),
)


def ids(*names: str) -> tuple[BrokerOrderId, ...]:
    return tuple(BrokerOrderId(name) for name in names)


def test_an_order_begins_pending_and_is_not_at_the_broker() -> None:
    made = order()
    assert (made.status, made.filled, made.left, made.broker_ids) == (Status.PENDING, 0, LOT, ())


def test_a_usual_life_goes_step_by_step() -> None:
    seen = [at_broker(status=Status.ACCEPTED), at_broker(), at_broker(filled=25)]
    at = order().taken(ids("1"), NOW)
    statuses = [at.status]
    for each in [*seen, at_broker(status=Status.FILLED, filled=LOT)]:
        at = at.heard([each])
        statuses.append(at.status)
    assert statuses[1:] == [Status.ACCEPTED, Status.OPEN, Status.PARTIAL, Status.FILLED]
    assert statuses[0] is Status.ACCEPTED
    assert (at.filled, at.left, at.average_price) == (LOT, 0, Decimal(150))


def test_the_stream_may_speak_before_the_acknowledgement() -> None:
    early = order().heard([at_broker(status=Status.FILLED, filled=LOT)])
    assert early.status is Status.FILLED
    assert early.taken(ids("1"), NOW).status is Status.FILLED


def test_a_lost_answer_is_unknown_until_the_broker_is_heard() -> None:
    lost = order().moved_to(Fate.UNANSWERED)
    assert (lost.status, lost.left) == (Status.UNKNOWN, LOT)
    assert lost.heard([at_broker()]).status is Status.OPEN
    gone = lost.moved_to(Fate.MISSING)
    assert (gone.status, gone.left) == (Status.LOST, 0)
    assert gone.heard([at_broker()]).status is Status.OPEN  # it arrived after all


def test_an_order_of_which_one_slice_is_known_stays_unknown_until_all_are() -> None:
    sliced = order(ask(quantity=2 * LOT)).moved_to(Fate.UNANSWERED)
    half = sliced.heard([at_broker("1", Status.FILLED, LOT)])
    assert (half.status, half.filled, half.left) == (Status.UNKNOWN, LOT, LOT)
    assert half.heard([at_broker("2")]).status is Status.PARTIAL
    assert half.moved_to(Fate.TAKEN).status is Status.FILLED  # the broker has no more of it


@pytest.mark.parametrize(
    ("first", "second", "status", "left"),
    [
        ((Status.FILLED, LOT), (Status.FILLED, LOT), Status.FILLED, 0),
        ((Status.FILLED, LOT), (Status.REJECTED, 0), Status.CANCELLED, 0),
        ((Status.REJECTED, 0), (Status.REJECTED, 0), Status.REJECTED, 0),
        ((Status.EXPIRED, 0), (Status.EXPIRED, 0), Status.EXPIRED, 0),
        ((Status.CANCELLED, 15), (Status.OPEN, 0), Status.PARTIAL, LOT),
        ((Status.OPEN, 0), (Status.TRIGGER_PENDING, 0), Status.OPEN, 2 * LOT),
        ((Status.ACCEPTED, 0), (Status.TRIGGER_PENDING, 0), Status.TRIGGER_PENDING, 2 * LOT),
        ((Status.OPEN, LOT), (Status.OPEN, 5), Status.PARTIAL, LOT - 5),
    ],
)
def test_slices_add_up_to_one_order(
    first: tuple[Status, int], second: tuple[Status, int], status: Status, left: int
) -> None:
    sliced = order(ask(quantity=2 * LOT)).taken(ids("1", "2"), NOW)
    told = sliced.heard([at_broker("1", *first), at_broker("2", *second)])
    assert (told.status, told.left) == (status, left)
    assert told.broker_ids == ("1", "2")


def test_the_average_of_slices_is_weighted_by_their_fills() -> None:
    parts = [
        at_broker("1", Status.FILLED, 65, average_price=Decimal("100.05")),
        at_broker("2", Status.OPEN, 13, average_price=Decimal("101")),
    ]
    told = order(ask(quantity=130)).heard(parts)
    assert told.average_price == (65 * Decimal("100.05") + 13 * Decimal("101")) / 78


def test_a_later_modification_wins_over_an_earlier_word() -> None:
    modified = at_broker(revision=1, price=Decimal(155), quantity=130)
    for words in permutations([at_broker(), modified, at_broker(filled=30)]):
        told = order().taken(ids("1"), NOW).heard(words)
        assert (told.parts[0].price, told.wanted, told.filled) == (Decimal(155), 130, 30)
        assert told.status is Status.PARTIAL


def test_a_smaller_quantity_after_a_modification_is_the_whole_order() -> None:
    told = order(ask(quantity=2 * LOT)).taken(ids("1"), NOW).heard([at_broker(revision=1)])
    assert (told.wanted, told.left) == (LOT, LOT)
    assert told.heard([at_broker(filled=LOT)]).status is Status.FILLED


def test_a_final_word_is_not_undone_by_a_late_one() -> None:
    ended = order().heard([at_broker(status=Status.CANCELLED, filled=15)])
    assert ended.heard([at_broker(revision=7)]).status is Status.CANCELLED
    assert ended.heard([at_broker(filled=20)]).filled == 20


@given(words=st.lists(WORDS, max_size=8), data=st.data())
def test_any_sequence_of_the_same_words_leads_to_the_same_truth(
    words: list[BrokerOrder], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(words))
    again = data.draw(st.lists(st.sampled_from(words), max_size=6)) if words else []
    request = ask(quantity=2 * LOT)
    straight = _told(order(request).taken(ids("1", "2"), NOW), words)
    assert _told(order(request), [*shuffled, *again]).taken(ids("1", "2"), NOW) == straight
    half = len(shuffled) // 2
    broken = _told(order(request), shuffled[:half]).taken(ids("2", "1"), NOW)
    assert _told(broken, [*again, *shuffled[half:]]) == straight


@given(one=WORDS, two=WORDS, three=WORDS)
def test_the_merge_is_commutative_associative_and_idempotent(
    one: BrokerOrder, two: BrokerOrder, three: BrokerOrder
) -> None:
    assert merge_all([one], [two]) == merge_all([two], [one])
    assert merge_all(merge_all([one], [two]), [three]) == merge_all(
        [one], merge_all([two], [three])
    )
    assert merge_all([one], [one]) == (one,)


@given(words=st.lists(WORDS, max_size=10), fates=st.lists(st.sampled_from(Fate), max_size=4))
def test_every_step_is_in_the_table(words: list[BrokerOrder], fates: list[Fate]) -> None:
    at = order(ask(quantity=2 * LOT))
    steps: list[BrokerOrder | Fate] = [*fates[:1], *words, *fates[1:]]
    for step in steps:
        before = at
        if isinstance(step, BrokerOrder):
            at = at.heard([step])
        elif step in FATES[at.fate]:
            at = at.moved_to(step)
        grown = len(at.parts) > len(before.parts)  # a slice that nobody had told of
        legal = at.status is before.status or at.status in NEXT[before.status]
        assert legal or (grown and before.status.is_final)
        assert at.filled >= before.filled
        assert at.left >= 0


@pytest.mark.parametrize("fate", Fate)
def test_a_fate_that_cannot_follow_is_refused(fate: Fate) -> None:
    taken = order().taken(ids("1"), NOW)
    with pytest.raises(BadData, match="cannot become"):
        taken.moved_to(fate)


def test_tables_name_every_state() -> None:
    assert set(NEXT) == set(Status)
    assert set(FATES) == set(Fate)
    assert {each for each in Status if each.is_final} == FINAL


def test_words_that_cannot_belong_to_it_are_refused() -> None:
    with pytest.raises(BadData):
        order().heard([at_broker(side=Side.SELL)])
    with pytest.raises(BadData):
        order().heard([at_broker(key=InstrumentKey("NSE_FO|1"))])
    with pytest.raises(BadData):
        order().taken([], NOW)
    with pytest.raises(BadData):
        at_broker("1").merged(at_broker("2"))
    with pytest.raises(BadData):
        at_broker(status=Status.UNKNOWN)


def test_the_reasons_of_slices_are_told_once() -> None:
    words = [at_broker(name, Status.REJECTED, reason="no margin") for name in ("1", "2")]
    told = order(ask(quantity=2 * LOT)).heard(words)
    assert (told.status, told.why) == (Status.REJECTED, "no margin")


def _told(at: Order, words: Sequence[BrokerOrder]) -> Order:
    for each in words:
        at = at.heard([each])
    return at


def test_a_stop_waits_for_its_trigger_and_is_open_after_it() -> None:
    later = NOW + timedelta(seconds=9)
    told = [
        at_broker("1", Status.OPEN),
        at_broker("1", Status.TRIGGER_PENDING),
        at_broker("1", Status.OPEN, at=later),
    ]
    for waiting in (told[:2], told[1::-1]):
        assert order().taken([BrokerOrderId("1")], NOW).heard(waiting).status is (
            Status.TRIGGER_PENDING
        )
    for all_of_it in permutations(told):
        assert order().taken([BrokerOrderId("1")], NOW).heard(all_of_it).status is Status.OPEN
