"""The Greeks page: its numbers are the pricing's, of now and of a recorded minute."""

import numpy as np
import pytest
from nicegui.element import Element
from nicegui.testing import User

from core.analytics.sides import CALL, IS_CALL, PUT
from core.pricing.conventions import Convention, solve
from core.pricing.greeks import full_greeks
from core.services.chain_picture import ChainPicture, live_picture
from core.state.market import Col
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NEXT_EXPIRY
from tests.ui.waiting import say, until
from ui.components.greek_columns import View, sheet
from ui.components.heat_grid import HeatGrid


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def grid(visitor: User) -> HeatGrid:
    return next(e for e in elements(visitor) if isinstance(e, HeatGrid))


def names(visitor: User) -> list[str]:
    return [column.name for column in grid(visitor).columns]


def press(visitor: User, name: str) -> None:
    found = next(e for e in elements(visitor) if e.props.get("data-testid") == name)
    say(found, "click", None)


async def picture(desk: FakeDesk) -> ChainPicture:
    keeper = desk.services.chain_keeper
    chain = await keeper.open("test", "NIFTY", EXPIRY)
    await keeper.settle()
    keeper.refresh(chain)
    seen = live_picture(chain, desk.services.market, desk.clock.now(), desk.services.rate)
    assert seen is not None
    return seen


async def test_every_greek_is_what_the_pricing_says(desk: FakeDesk) -> None:
    seen = await picture(desk)
    shown = sheet(View.GREEKS, CALL, seen, {})
    g = full_greeks(seen.forward, seen.strikes, seen.years, seen.iv, seen.discount, IS_CALL)
    columns = [column for group in shown.groups for column in group.columns]
    for i, column in enumerate(columns):
        if column.name == "iv":
            continue
        side = PUT if column.side == "PE" else CALL
        expected = getattr(g, column.name)[side]
        np.testing.assert_array_equal(shown.values[:, i], expected, err_msg=column.name)
    assert {c.name for c in columns} >= {"vanna", "charm", "volga", "speed", "colour", "rho"}


async def test_cash_greeks_are_rupees_of_a_lot(desk: FakeDesk) -> None:
    seen = await picture(desk)
    shown = sheet(View.CASH, CALL, seen, {})
    columns = [(c.name, c.side) for group in shown.groups for c in group.columns]
    at = seen.atm
    g = full_greeks(seen.forward, seen.strikes, seen.years, seen.iv, seen.discount, IS_CALL)
    delta = shown.values[at, columns.index(("delta-cash", "CE"))]
    assert delta == pytest.approx(g.delta[CALL, at] * seen.forward * 0.01 * seen.lot_size)
    gamma = shown.values[at, columns.index(("gamma-cash", ""))]
    assert gamma == pytest.approx(g.gamma[CALL, at] * (seen.forward * 0.01) ** 2 * seen.lot_size)
    theta = shown.values[at, columns.index(("theta-cash", "PE"))]
    assert theta == pytest.approx(g.theta[PUT, at] * seen.lot_size)


async def test_conventions_stand_side_by_side_with_what_was_sent(desk: FakeDesk) -> None:
    seen = await picture(desk)
    sent = {name: np.full((2, len(seen.strikes)), 0.1) for name in ("iv", "delta")}
    shown = sheet(View.CONVENTIONS, PUT, seen, sent)
    columns = [c.name for group in shown.groups for c in group.columns]
    nse = solve(
        Convention.NSE,
        price=seen.price,
        strikes=seen.strikes,
        spot=seen.spot,
        forward=seen.forward,
        years=seen.years,
        rate=seen.rate,
        call=IS_CALL,
    )
    np.testing.assert_array_equal(shown.values[:, columns.index("iv-nse")], nse.iv[PUT])
    assert shown.values[0, columns.index("delta-sent")] == 0.1
    assert np.isnan(shown.values[:, columns.index("vega-sent")]).all()


async def test_the_page_shows_the_nearest_expiry_and_remembers_another(visitor: User) -> None:
    await visitor.open("/greeks?symbol=NIFTY")
    await until(lambda: "vanna" in names(visitor))
    press(visitor, f"expiry-{NEXT_EXPIRY.isoformat()}")
    press(visitor, "greeks-view-cash")
    await until(lambda: "gamma-cash" in names(visitor))
    await visitor.open("/greeks")
    await until(lambda: "gamma-cash" in names(visitor))
    tab = next(
        e
        for e in elements(visitor)
        if e.props.get("data-testid") == f"expiry-{NEXT_EXPIRY.isoformat()}"
    )
    await until(lambda: "here" in tab.classes)


async def test_it_says_which_model_stands_behind_the_numbers(visitor: User) -> None:
    await visitor.open("/greeks")
    await visitor.should_see("Black-76 on the forward", retries=20)
    press(visitor, "greeks-view-conventions")
    await visitor.should_see("Black-Scholes on the spot, interest 10 %")


async def test_a_dead_feed_greys_the_table(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/greeks")
    await until(lambda: bool(names(visitor)))
    assert "stale" not in grid(visitor).classes
    desk.feed.drop()
    await until(lambda: "stale" in grid(visitor).classes)


async def test_an_unknown_underlying_is_said(visitor: User) -> None:
    await visitor.open("/greeks?symbol=NOSUCH")
    await visitor.should_see("There are no options on “NOSUCH”.")


async def test_the_brokers_own_greeks_are_shown_as_sent(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/greeks")
    press(visitor, "greeks-view-conventions")
    await until(lambda: "iv-sent" in names(visitor))
    chain = desk.services.chains.get("NIFTY", EXPIRY)
    assert chain is not None
    row = int(chain.rows[CALL, chain.atm])
    table = grid(visitor)
    await until(lambda: bool(np.isfinite(table.sent[:, names(visitor).index("iv-sent")]).any()))
    column = table.sent[:, names(visitor).index("iv-sent")]
    wanted = desk.services.market.values[row, Col.IV]
    assert np.isclose(column, wanted, atol=1e-4).any()
