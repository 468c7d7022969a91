"""The broker's orders good till triggered: sent once, and read as a list."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from core.errors import BadData, BrokerUnavailable
from core.ids import BrokerGttId, BrokerOrderId, InstrumentKey
from core.money import rupees
from core.trading.gtt import BrokerGtt, Gtt, RuleStatus, ToldRule
from core.trading.gtt_terms import NO_PROTECTION, GttKind, GttRequest, Role, Rule, Trigger
from data.brokers.upstox.budget import Priority
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.margin import PRODUCTS
from data.brokers.upstox.order_mapping import SIDE_WORDS, product
from data.brokers.upstox.order_schemas import Id, OurSide, ProductWord, translated
from data.brokers.upstox.portfolio import mapped
from data.brokers.upstox.schemas import Count, Key, Price, Reply, Schema

STATUSES: Final = {each.name: each for each in RuleStatus}
ROLES: Final = {each.name: each for each in Role}
TRIGGERS: Final = {each.name: each for each in Trigger}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Micros = Annotated[int, Field(gt=946_684_800_000_000, lt=4_102_444_800_000_000)]


class RuleData(Schema):
    strategy: Annotated[Role, BeforeValidator(translated(ROLES))]
    status: Annotated[RuleStatus, BeforeValidator(translated(STATUSES))]
    trigger_type: Annotated[Trigger, BeforeValidator(translated(TRIGGERS))]
    trigger_price: Price
    transaction_type: OurSide
    message: str | None = None
    order_id: Id | None = None
    trailing_gap: Price | None = None


class GttData(Schema):
    """A row of the list, or an update of the stream."""

    gtt_order_id: Annotated[str, Field(pattern=r"^GTT-[-a-zA-Z0-9]+$", max_length=60)]
    instrument_token: Key
    quantity: Count
    product: ProductWord
    rules: Annotated[list[RuleData], Field(min_length=1, max_length=3)]
    expires_at: Micros
    created_at: Micros


class GttUpdate(GttData):
    update_type: Literal["gtt_order"]


class NamedGtts(Schema):
    gtt_order_ids: Annotated[list[str], Field(min_length=1)]


class UpstoxGtts:
    """Fills the `GttDoor` port."""

    def __init__(self, http: UpstoxHttp) -> None:
        self._http = http

    async def place(self, gtt: Gtt) -> BrokerGttId:
        request = gtt.request
        body = {
            **_terms(request),
            "product": PRODUCTS[request.product],
            "instrument_token": request.key,
            "transaction_type": SIDE_WORDS[request.side],
        }
        return await self._write("gtt place", "POST", "place", body)

    async def modify(self, id: BrokerGttId, request: GttRequest) -> None:
        body = {**_terms(request), "gtt_order_id": id}
        _same(id, await self._write("gtt modify", "PUT", "modify", body))

    async def cancel(self, id: BrokerGttId) -> None:
        body = {"gtt_order_id": id}
        _same(id, await self._write("gtt cancel", "DELETE", "cancel", body, Priority.EXIT))

    async def all(self) -> list[BrokerGtt]:
        reply = await self._http.read("gtts", "/v3/order/gtt", Reply[list[GttData]])
        return mapped(self._http, "gtts", reply.data, gtt)

    async def _write(
        self,
        call: str,
        method: str,
        verb: str,
        body: Mapping[str, Any],
        priority: Priority = Priority.SCREEN,
    ) -> BrokerGttId:
        url = f"{self._http.settings.base_url}/v3/order/gtt/{verb}"
        reply = await self._http.order(
            call, method, url, Reply[NamedGtts], body=body, priority=priority
        )
        ids = reply.data.gtt_order_ids
        if len(ids) != 1:
            raise BrokerUnavailable(f"the broker names {len(ids)} numbers for one")
        return BrokerGttId(ids[0])


def gtt(data: GttData) -> BrokerGtt:
    """Raises BadData for one without an entry, or with exits of its own side."""
    told = BrokerGtt(
        id=BrokerGttId(data.gtt_order_id),
        key=InstrumentKey(data.instrument_token),
        product=product(data.product, data.instrument_token),
        quantity=data.quantity,
        rules=tuple(_told(each) for each in data.rules),
        created_at=EPOCH + timedelta(microseconds=data.created_at),
        expires_at=EPOCH + timedelta(microseconds=data.expires_at),
    )
    entry = told.entry
    if any((each.side is entry.side) != (each.role is Role.ENTRY) for each in told.rules):
        raise BadData(f"the exits of {told.id} are of the entry's side")
    return told


def _told(data: RuleData) -> ToldRule:
    return ToldRule(
        role=data.strategy,
        trigger=data.trigger_type,
        price=rupees(data.trigger_price),
        side=data.transaction_type,
        status=data.status,
        trailing_gap=rupees(data.trailing_gap) if data.trailing_gap else None,
        order_id=BrokerOrderId(data.order_id) if data.order_id else None,
        message=data.message or "",
    )


def _terms(request: GttRequest) -> dict[str, Any]:
    """What may change while it waits; always all rules."""
    return {
        "type": "MULTIPLE" if request.kind is GttKind.BRACKET else "SINGLE",
        "quantity": request.quantity,
        "rules": [_rule(rule) for rule in request.rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "strategy": rule.role.name,
        "trigger_type": rule.trigger.name,
        "trigger_price": float(rule.price),
    }
    if rule.trailing_gap is not None:
        asked["trailing_gap"] = float(rule.trailing_gap)
    if rule.protection != NO_PROTECTION:
        asked["market_protection"] = rule.protection
    return asked


def _same(id: BrokerGttId, told: BrokerGttId) -> None:
    if told != id:
        raise BrokerUnavailable(f"the broker answers about another one than {id}")
