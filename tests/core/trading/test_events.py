"""What is news about an order, and what is routine."""

import pytest

from core.trading.broker_orders import Status
from core.trading.events import OrderEvent, event_of
from core.trading.orders import Fate, Order
from core.trading.requests import Source
from tests.core.trading.samples import ask, at_broker, order


def taken(status: Status = Status.OPEN, filled: int = 0, **more: object) -> Order:
    asked = ask(quantity=130, **more)
    part = at_broker(status=status, filled=filled, quantity=130)
    return order(asked).moved_to(Fate.TAKEN).heard([part])


LOST_ANSWER = order(ask(quantity=130)).moved_to(Fate.UNANSWERED)


@pytest.mark.parametrize(
    ("before", "after", "event"),
    [
        (order(), taken(), None),
        (taken(), taken(filled=65), OrderEvent.PARTLY),
        (taken(filled=65), taken(filled=100), None),
        (taken(filled=65), taken(Status.FILLED, 130), OrderEvent.FILLED),
        (taken(Status.ACCEPTED), taken(Status.REJECTED), OrderEvent.REJECTED),
        (taken(), taken(Status.CANCELLED), OrderEvent.ENDED),
        (taken(), taken(Status.EXPIRED), OrderEvent.ENDED),
        (order(), LOST_ANSWER, None),
        (LOST_ANSWER, taken(), OrderEvent.FOUND),
        (LOST_ANSWER, taken(Status.FILLED, 130), OrderEvent.FILLED),
        (LOST_ANSWER, LOST_ANSWER.moved_to(Fate.MISSING), None),
        (None, taken(source=Source.EXTERNAL), OrderEvent.ELSEWHERE),
        (None, order(), None),
        (taken(), taken(), None),
    ],
)
def test_what_is_news(before: Order | None, after: Order, event: OrderEvent | None) -> None:
    assert event_of(before, after) is event
