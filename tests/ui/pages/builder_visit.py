"""What a user of the builder finds on its page, and does there."""

from typing import Any

from nicegui.element import Element
from nicegui.testing import User

from core.instruments.instrument import Kind, Right
from core.strategies.draft import Draft
from core.strategies.legs import Leg
from tests.core.strategies.markets import leg as made_up
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NOW, option_key
from tests.ui.finding import shown
from tests.ui.waiting import say, until
from ui.components.chart import Chart
from ui.components.data_table import DataTable
from ui.components.keys import Keys
from ui.components.matrix_grid import MatrixGrid

BUILDER = "/builder?symbol=NIFTY"
CLOSES = NOW.replace(day=23, hour=15, minute=30)


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def chart(visitor: User, name: str) -> Chart:
    return next(e for e in elements(visitor) if isinstance(e, Chart) and e.name == name)


def grid(visitor: User) -> MatrixGrid:
    return next(e for e in elements(visitor) if isinstance(e, MatrixGrid))


def table(visitor: User, name: str) -> DataTable:
    """Seen or not."""
    tables = (e for e in elements(visitor) if isinstance(e, DataTable))
    return next(each for each in tables if each.props["name"] == name)


def by_testid(visitor: User, name: str) -> Any:
    return next(e for e in elements(visitor) if e.props.get("data-testid") == name)


def rows(visitor: User, name: str) -> list[list[str]]:
    return list(shown(table(visitor, name)).values())


async def there(visitor: User, name: str) -> None:
    await until(lambda: any(e.props.get("data-testid") == name for e in elements(visitor)))


def see(visitor: User, element: Element) -> None:
    say(element, "view", {"shown": True, "seq": 0, "fresh": False})


def press(visitor: User, name: str) -> None:
    say(by_testid(visitor, name), "click", None)


def ctrl_s(visitor: User) -> None:
    keys = next(e for e in elements(visitor) if isinstance(e, Keys) and "ctrl+s" in e.props["keys"])
    say(keys, "key", "ctrl+s")


def library(desk: FakeDesk) -> list[Draft]:
    return desk.services.drafts.all()


def on_table(desk: FakeDesk) -> Draft:
    return desk.services.drafts.building["NIFTY"]


def real(lots: int, strike: float, right: str, price: float = 100.0) -> Leg:
    kind = Kind.CALL if right == Right.CALL else Kind.PUT
    return made_up(
        lots, strike, right, price, EXPIRY, key=option_key(strike, kind), closes_at=CLOSES
    )


def draft(id: str, *legs: Leg, **more: Any) -> Draft:
    given = {"name": f"Draft {id}", "symbol": "NIFTY", "created_at": NOW, "edited_at": NOW}
    return Draft(**(given | {"id": id, "legs": legs} | more))


async def opened(visitor: User, address: str = f"{BUILDER}&template=iron-condor") -> None:
    await visitor.open(address)
    if "template" in address:
        await until(lambda: len(chart(visitor, "payoff").parts.get("x", ())) > 9)


# what if
