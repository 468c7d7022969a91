"""The ticket's form: refused where it can be known, sent once, and disarmed until answered."""

import asyncio
from decimal import Decimal

import pytest

from core.errors import RuleBroken
from core.instruments.instrument import Kind
from core.ports.broker import Funds
from core.state.market import Col
from core.ticket.wording import Field
from core.trading.broker_orders import Status
from core.trading.requests import OrderType, Product, Side
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_exchange import Fault
from tests.fake_universe import NIFTY, RELIANCE, option_key
from ui.components.choices import Choices
from ui.ticket.form import Phase, TicketForm

CALL = option_key(24_200.0, Kind.CALL)
PUT = option_key(24_200.0, Kind.PUT)
D = Decimal


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


class Remembered(Choices):
    """Keeps what is chosen, and writes nothing behind."""

    def keep(self, name: str, value: object) -> None:
        self._known[name] = value


async def made(desk: FakeDesk) -> TicketForm:
    choices = await Remembered.load(desk.services.preferences)
    return TicketForm(desk.services, desk.trading, choices)


async def opened(desk: FakeDesk, side: Side = Side.BUY) -> TicketForm:
    form = await made(desk)
    await form.show(CALL, side)
    return form


def placed(desk: FakeDesk) -> int:
    return desk.exchange.asked.count("place")


def said(form: TicketForm, field: Field) -> str:
    return "; ".join(text for at, text in form.reasons() if at is field)


async def test_it_opens_with_a_lot_at_the_touch(desk: FakeDesk) -> None:
    form = await opened(desk)
    assert form.terms is not None
    assert (form.terms.lots, form.terms.type) == (1, OrderType.LIMIT)
    assert form.terms.price % D("0.05") == 0
    ask = desk.services.market.get(CALL, Col.ASK)
    assert abs(float(form.terms.price) - ask) < 0.05
    assert form.reasons() == []


@pytest.mark.parametrize(
    ("name", "value", "field", "words"),
    [
        ("units", "66", Field.QUANTITY, "multiple of the lot"),
        ("lots", "-1", Field.QUANTITY, "is no value"),
        ("lots", "many", Field.QUANTITY, "is no value"),
        ("lots", "0", Field.QUANTITY, "cannot be placed"),
        ("lots", "21", Field.QUANTITY, "more than the 20 allowed"),
        ("price", "100.02", Field.PRICE, "tick"),
        ("price", "-5", Field.PRICE, "is no value"),
        ("price", "1e30", Field.PRICE, "is no value"),
        ("price", "900", Field.PRICE, "worse than the market"),
        ("price", "", Field.PRICE, "needs a price"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_not_sent(
    desk: FakeDesk, name: str, value: str, field: Field, words: str
) -> None:
    form = await opened(desk)
    form.edit(name, value)
    assert words in said(form, field)
    await form.send(form.click)
    assert (form.phase, placed(desk)) == (Phase.READY, 0)
    form.edit("lots", "1")
    form.edit("price", "100")
    assert form.reasons() == []


async def test_a_naked_short_a_closed_market_and_a_halt_are_refused_before_the_click(
    desk: FakeDesk,
) -> None:
    form = await opened(desk, Side.SELL)
    assert "buy the hedge first" in said(form, Field.FORM)
    form.edit("side", "buy")
    assert form.reasons() == []
    desk.clock.set(desk.clock.now().replace(hour=20))
    assert "the market is closed" in said(form, Field.FORM)
    await form.send(form.click)
    assert placed(desk) == 0


async def test_old_prices_stop_market_orders_only(desk: FakeDesk) -> None:
    form = await opened(desk)
    desk.feed.drop()
    form.edit("type", "market")
    assert "no market order on old prices" in said(form, Field.TYPE)
    form.edit("type", "limit")
    assert form.reasons() == []
    assert any("the quotes are old" in text for text in form.warnings())


async def test_what_cannot_be_paid_is_refused(desk: FakeDesk) -> None:
    form = await opened(desk)
    desk.trading.state.funds = Funds(available=D(1000), used=D(0))
    assert "₹1,000.00 is available" in said(form, Field.FORM)


async def test_a_double_click_sends_once(desk: FakeDesk) -> None:
    form = await opened(desk)
    desk.exchange.pause = 0.05
    await asyncio.gather(*(form.send(form.click) for _ in range(5)))
    await form.send(form.click)
    assert (placed(desk), form.answers) == (1, 1)
    assert form.phase is Phase.ANSWERED
    assert form.order is not None
    assert form.order.status.is_working


async def test_after_the_answer_an_edit_arms_it_for_another_order(desk: FakeDesk) -> None:
    form = await opened(desk)
    first = form.click
    await form.send(first)
    form.edit("price-step", -1)
    assert (form.phase, form.order_id) == (Phase.READY, None)
    await form.send(first)
    assert placed(desk) == 1
    await form.send(form.click)
    assert placed(desk) == 2


async def test_edits_while_it_is_on_its_way_change_nothing(desk: FakeDesk) -> None:
    form = await opened(desk)
    desk.exchange.pause = 0.05
    sending = asyncio.create_task(form.send(form.click))
    await asyncio.sleep(0.01)
    before = form.terms
    form.edit("lots", "9")
    assert form.terms == before
    await sending


async def test_a_form_that_was_opened_meanwhile_is_left_alone(desk: FakeDesk) -> None:
    form = await opened(desk)
    desk.exchange.pause = 0.05
    sending = asyncio.create_task(form.send(form.click))
    await asyncio.sleep(0.01)
    await form.show(PUT, Side.BUY)
    await sending
    assert (form.phase, form.order_id, placed(desk)) == (Phase.READY, None, 1)
    assert form.reasons() == []


async def test_two_tabs_that_act_at_once_send_one_order(desk: FakeDesk) -> None:
    here, there = await opened(desk), await opened(desk)
    desk.exchange.pause = 0.05
    await asyncio.gather(here.send(here.click), there.send(there.click))
    assert placed(desk) == 1
    assert sum(form.order is not None for form in (here, there)) == 1


async def test_a_lost_answer_is_unknown_and_the_form_stays_disarmed(desk: FakeDesk) -> None:
    form, other = await opened(desk), await opened(desk)
    desk.exchange.faults = [Fault.LOST_AFTER]
    await form.send(form.click)
    assert form.order is not None
    assert form.order.status is Status.UNKNOWN
    click = form.click
    form.edit("price-step", 1)
    await form.send(form.click)
    assert (form.click, form.phase, placed(desk)) == (click, Phase.ANSWERED, 1)
    other.edit("price-step", -1)
    assert "is unknown: wait" in said(other, Field.FORM)
    await other.send(other.click)
    assert placed(desk) == 1
    await desk.trading.reconciler.reconcile()
    assert form.order.status is Status.OPEN
    form.edit("price-step", 1)
    assert form.phase is Phase.READY


async def test_the_brokers_refusal_is_told_and_nothing_is_sent_again(desk: FakeDesk) -> None:
    form = await opened(desk)
    desk.exchange.faults = [Fault.REFUSED]
    await form.send(form.click)
    assert (form.said, form.phase) == ("no", Phase.ANSWERED)
    await form.send(form.click)
    assert placed(desk) == 1


async def test_sizes_and_prices_step_and_are_taken_from_the_ladder(desk: FakeDesk) -> None:
    form = await opened(desk)
    form.edit("lots-step", 2)
    form.edit("take", "101.27")
    form.edit("price-step", -10)
    assert form.terms is not None
    assert (form.terms.quantity, form.terms.price) == (195, D("100.75"))
    form.edit("type", "market")
    form.edit("take", "99.5")
    assert (form.terms.type, form.terms.price) == (OrderType.LIMIT, D("99.50"))


async def test_lots_and_product_are_remembered_for_the_underlying(desk: FakeDesk) -> None:
    form = await opened(desk)
    form.edit("lots", "3")
    form.edit("product", "intraday")
    terms = await form.show(PUT, Side.BUY)
    assert (terms.lots, terms.product) == (3, Product.INTRADAY)
    exit = await form.show(PUT, Side.SELL, quantity=130, product=Product.CARRY)
    assert (exit.quantity, exit.product) == (130, Product.CARRY)
    share = await form.show(RELIANCE, Side.BUY)
    assert (share.quantity, share.product) == (1, Product.DELIVERY)


async def test_one_that_closes_may_open_nothing(desk: FakeDesk) -> None:
    form = await made(desk)
    await form.show(CALL, Side.SELL, quantity=65, closing=True)
    assert "more than close" in said(form, Field.FORM)


async def test_an_index_has_no_ticket(desk: FakeDesk) -> None:
    with pytest.raises(RuleBroken, match="not traded"):
        await (await made(desk)).show(NIFTY, Side.BUY)


async def test_the_risk_sets_the_size(desk: FakeDesk) -> None:
    form = await opened(desk)
    desk.trading.state.funds = Funds(available=D(1_000_000), used=D(0))
    form.edit("price", "100")
    form.edit("percent", "1")
    assert form.size() is None
    form.edit("stop", "80")
    assert form.size() == 7  # 10,000 over 20 × 65
    form.edit("use-size", 0)
    assert form.terms is not None
    assert form.terms.lots == 7


async def test_leaving_gives_back_what_it_looked_at(desk: FakeDesk) -> None:
    form = await opened(desk)
    await form.sight.open_chain()
    assert CALL in desk.services.subscriptions.wanted
    form.close()
    assert not any(name.startswith("ticket") for name in desk.services.subscriptions.owners)


async def test_its_effect_and_its_margin_come_from_the_chain_and_the_broker(
    desk: FakeDesk,
) -> None:
    form = await opened(desk)
    assert form.terms is not None
    assert form.sight.effect(form.terms).added.delta != form.sight.effect(form.terms).added.delta
    await form.sight.open_chain()
    desk.services.chain_keeper.refresh(next(iter(desk.services.chains)))
    assert form.sight.effect(form.terms).after.delta == pytest.approx(65 * 0.55, abs=10)
    assert not await form.sight.ask_margin(form.terms, 0.0)  # the hand is not at rest yet
    assert await form.sight.ask_margin(form.terms, 0.4)
    assert not await form.sight.ask_margin(form.terms, 0.8)
    answer = form.sight.margin_of(form.terms.request())
    assert answer is not None
    assert answer.total == pytest.approx(65 * float(form.terms.price))
