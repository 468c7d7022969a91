"""Orders, positions and risk for programs: the same desk and the same gate as on the pages."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from core.errors import RuleBroken
from core.ids import OrderId
from core.risk.limits_file import to_plain
from core.services import Services
from core.services.trading import Trading
from core.state.market import Col
from core.trading.ledger import Holding
from core.trading.orders import Order
from core.trading.requests import Change, OrderRequest
from ui.api import order_shapes as shapes


def add_to(router: APIRouter, services: Services) -> None:
    _read_orders(router, services)
    _write_orders(router, services)
    _holdings(router, services)
    _risk(router, services)
    _controls(router, services)


def _read_orders(router: APIRouter, services: Services) -> None:
    @router.get("/orders")
    async def orders() -> shapes.Orders:
        """The day's orders, of others too, the oldest first."""
        found = sorted(_trading(services).state.orders.values(), key=lambda o: (o.placed_at, o.id))
        return shapes.Orders(mode=services.mode, orders=[_order(each) for each in found])

    @router.get("/orders/{id}")
    async def order(id: str) -> shapes.OrderReply:
        """One order by our id."""
        return _reply(services, _known(services, id))

    @router.get("/trades")
    async def trades() -> shapes.Trades:
        """The day's fills, the oldest first."""
        fills = _trading(services).state.ledger.fills
        found = [
            shapes.FillShape(
                broker_order_id=fill.order_id,
                trade_id=fill.trade_id,
                instrument_key=fill.key,
                side=fill.side,
                product=fill.product,
                quantity=fill.quantity,
                price=fill.price,
                at=fill.at,
            )
            for fill in fills
        ]
        return shapes.Trades(mode=services.mode, trades=found)

    @router.get("/journal")
    async def journal(
        after: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> shapes.Journal:
        """What was wanted, sent, answered and decided, the oldest first."""
        found = await _trading(services).journal.after(after, limit)
        entries = [
            shapes.EntryShape(
                number=each.number,
                at=each.entry.at,
                kind=each.entry.kind,
                correlation=each.entry.correlation,
                text=each.entry.text,
                facts=dict(each.entry.facts),
            )
            for each in found
        ]
        return shapes.Journal(mode=services.mode, entries=entries)


def _write_orders(router: APIRouter, services: Services) -> None:
    @router.post("/orders")
    async def place(asked: shapes.OrderAsked) -> shapes.OrderReply:
        """Send an order once. 409 is a refusal; a lost answer is no error but status `unknown`."""
        given = asked.model_dump(exclude={"click", "instrument_key"})
        request = OrderRequest(key=asked.instrument_key, **given)
        order = await _trading(services).desk.place(request, click=asked.click)
        return _reply(services, order)

    @router.put("/orders/{id}")
    async def modify(id: str, asked: shapes.ChangeAsked) -> shapes.OrderReply:
        """Give a working order new terms, once."""
        change = Change(**asked.model_dump())
        order = await _trading(services).desk.modify(_known(services, id).id, change)
        return _reply(services, order)

    @router.delete("/orders/{id}")
    async def cancel(id: str) -> shapes.OrderReply:
        """Ask once for the end of an order."""
        order = await _trading(services).desk.cancel(_known(services, id).id)
        return _reply(services, order)

    @router.delete("/orders")
    async def cancel_all() -> shapes.Cancelled:
        """Ask for the end of every order that works."""
        asked = await _trading(services).desk.cancel_all()
        return shapes.Cancelled(mode=services.mode, asked=asked)


def _holdings(router: APIRouter, services: Services) -> None:
    @router.get("/positions")
    async def positions() -> shapes.Positions:
        """What is held by our books, with the broker's word, and on what the two do not agree."""
        state = _trading(services).state
        traded = [(p.key, p.product) for p in state.ledger.positions()]
        every = dict.fromkeys([*state.holdings(), *traded, *state.broker_positions])
        return shapes.Positions(
            mode=services.mode,
            reconciled_at=state.reconciled_at,
            problem=state.problem,
            positions=[_position(services, at) for at in every],
            differences=[
                shapes.DifferenceShape(
                    about=each.about,
                    instrument_key=each.key,
                    text=each.text,
                    remedy=each.remedy,
                    since=each.since,
                )
                for each in state.differences.values()
            ],
        )

    @router.post("/positions/reconcile")
    async def reconcile() -> shapes.Positions:
        """Compare with the broker now."""
        await _trading(services).reconciler.reconcile()
        return await positions()

    @router.get("/funds")
    async def funds() -> shapes.Funds:
        """Rupees at the last comparison with the broker."""
        told = _trading(services).state.funds
        available, used = (told.available, told.used) if told else (None, None)
        return shapes.Funds(mode=services.mode, available=available, used=used)


def _risk(router: APIRouter, services: Services) -> None:
    @router.get("/risk")
    async def risk() -> shapes.Risk:
        """Whether orders are let through, and the limits."""
        return _standing(services)

    @router.post("/risk/arm")
    async def arm(asked: shapes.WordAsked) -> shapes.Risk:
        """Let real orders through in this session; `typed` is LIVE."""
        await _trading(services).controls.arm(asked.typed)
        return _standing(services)

    @router.post("/risk/disarm")
    async def disarm() -> shapes.Risk:
        """Stop real orders for this session."""
        await _trading(services).controls.disarm()
        return _standing(services)


def _controls(router: APIRouter, services: Services) -> None:
    @router.post("/risk/halt")
    async def halt(asked: shapes.HaltAsked) -> shapes.Risk:
        """The kill switch: nothing new from now on, everything that works is cancelled."""
        await _trading(services).controls.halt(
            asked.reason, flatten=asked.flatten, hold=timedelta(minutes=asked.hold_minutes)
        )
        return _standing(services)

    @router.post("/risk/reduce-only")
    async def reduce_only(asked: shapes.ReasonAsked) -> shapes.Risk:
        """Only exits from now on."""
        await _trading(services).controls.reduce_only(asked.reason)
        return _standing(services)

    @router.post("/risk/release")
    async def release(asked: shapes.WordAsked) -> shapes.Risk:
        """Back to normal; `typed` is RELEASE."""
        await _trading(services).controls.release(asked.typed)
        return _standing(services)


def _trading(services: Services) -> Trading:
    if services.trading is None:
        raise RuleBroken(f"mode {services.mode} has no orders")
    return services.trading


def _known(services: Services, id: str) -> Order:
    order = _trading(services).state.orders.get(OrderId(id))
    if order is None:
        raise RuleBroken(f"there is no order {id}")
    return order


def _reply(services: Services, order: Order) -> shapes.OrderReply:
    return shapes.OrderReply(mode=services.mode, order=_order(order))


def _order(order: Order) -> shapes.OrderShape:
    terms = order.terms
    return shapes.OrderShape(
        id=order.id,
        instrument_key=terms.key,
        side=terms.side,
        quantity=terms.quantity,
        filled=order.filled,
        left=order.left,
        product=terms.product,
        type=terms.type,
        price=terms.price,
        trigger_price=terms.trigger_price,
        validity=terms.validity,
        average_price=order.average_price,
        status=order.status,
        reason=order.why,
        source=terms.source,
        group=terms.group,
        placed_at=order.placed_at,
        parts=[
            shapes.PartShape(
                broker_order_id=part.id,
                status=part.standing,
                quantity=part.quantity,
                filled=part.filled,
                average_price=part.average_price,
            )
            for part in order.parts
        ],
    )


def _position(services: Services, at: Holding) -> shapes.PositionShape:
    state, theirs = _trading(services).state, _trading(services).state.broker_positions.get(at)
    ours = state.ledger.position(*at)
    carried = state.openings.get(at) or state.adjustments.get(at)
    average = theirs.average_price if carried and theirs else ours.average_price
    return shapes.PositionShape(
        instrument_key=at[0],
        product=at[1],
        quantity=state.held(*at),
        broker_quantity=theirs.quantity if theirs else None,
        average_price=average,
        realised=ours.realised,
        ltp=services.market.get(at[0], Col.LTP),
    )


def _standing(services: Services) -> shapes.Risk:
    trading = _trading(services)
    state = trading.state
    return shapes.Risk(
        mode=services.mode,
        broker=trading.broker,
        standing=state.standing,
        reason=state.standing_reason,
        held_until=state.held_until,
        lock_reason=state.lock_reason,
        armed=state.armed,
        needs_arming=trading.gate.needs_arming,
        day_pnl=trading.gate.day_pnl(),
        limits=to_plain(state.limits),
    )
