"""Reports over years: trades of past days, profit and loss by round trip, charges."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.charges.charges import Charges, Exercise, charges
from core.clock import IST
from core.instruments.instrument import Right
from data.simulator.accounts.deals import Deal, charged
from data.simulator.accounts.round_trips import RoundTrip, round_trips
from data.simulator.accounts.told import WORDS
from data.simulator.answers import ApiError, success
from data.simulator.exchange import Exchange
from data.simulator.market import Contract
from data.simulator.rest.asked import day_asked

T = TypeVar("T")

MOST_ROWS: Final = 5000
YEARS: Final = 3
SEGMENTS: Final = ("EQ", "FO", "COM", "CD")
TRADE_SEGMENTS: Final = (*SEGMENTS, "MF")
KINDS: Final = {"EQ": "EQ", "FUT": "FUT", "CE": "OPT", "PE": "OPT"}
RIGHTS: Final = {"CE": Right.CALL, "PE": Right.PUT}
DAY_FORM: Final = "%d-%m-%Y"


def routes(exchange: Exchange) -> list[Route]:
    path = "/v2/trade/profit-loss"
    return [
        exchange.route("/v2/charges/historical-trades", trades, user=True),
        exchange.route(f"{path}/metadata", metadata, user=True),
        exchange.route(f"{path}/data", profit_and_loss, user=True),
        exchange.route(f"{path}/charges", charges_report, user=True),
    ]


# Trades of past days


async def trades(exchange: Exchange, request: Request) -> Response:
    asked, today = request.query_params, exchange.today()
    segment = asked.get("segment")
    if segment and segment not in TRADE_SEGMENTS:
        raise ApiError("UDAPI1066", field="segment", value=segment)
    first = day_asked(asked, "start_date", "UDAPI1088")
    last = day_asked(asked, "end_date", "UDAPI1088")
    if first > last:
        raise ApiError("UDAPI1094", field="start_date", value=first.isoformat())
    if first < year_start(today, back=YEARS):
        raise ApiError("UDAPI1093", field="start_date", value=first.isoformat())
    found = [
        deal
        for deal in exchange.account().portfolio.deals
        if first <= deal.day <= last and deal.day < today and not deal.settled
        and segment in (None, "", segment_word(deal.contract))
    ]  # fmt: skip
    number, size = _page(asked)
    page = {
        "page": {
            "page_number": number,
            "page_size": size,
            "total_records": len(found),
            "total_pages": -(-len(found) // size),
        }
    }
    rows = [_trade(deal) for deal in _part(found, number, size)]
    return success(rows, errors=None, meta_data=page, metaData=page)


def _trade(deal: Deal) -> dict[str, Any]:
    contract = deal.contract
    share = contract.type == "EQ"
    name = contract.trading_symbol if share else contract.underlying
    return {
        "exchange": WORDS[contract.segment],
        "segment": segment_word(contract),
        "option_type": contract.type if contract.type in RIGHTS else "",
        "quantity": deal.quantity,
        "amount": deal.quantity * deal.paise / 100,
        "trade_id": deal.trade_id,
        "trade_date": deal.day.isoformat(),
        "transaction_type": "BUY" if deal.buy else "SELL",
        "scrip_name": name,
        "strike_price": str(float(contract.strike)),
        "expiry": contract.expiry.isoformat() if contract.expiry else "",
        "price": deal.paise / 100,
        "isin": contract.isin,
        "symbol": name,
        "instrument_token": contract.key if share else "",
    }


# Profit and loss


async def metadata(exchange: Exchange, request: Request) -> Response:
    found = _closed(exchange, request)
    return success({"trades_count": len(found), "page_size_limit": MOST_ROWS})


async def profit_and_loss(exchange: Exchange, request: Request) -> Response:
    found = _closed(exchange, request)
    number, size = _page(request.query_params)
    rows = [_round_trip(each) for each in _part(found, number, size)]
    return success(rows, metadata={"page": {"page_number": number, "page_size": size}})


def _closed(exchange: Exchange, request: Request) -> list[RoundTrip]:
    segment, within = _asked(exchange, request)
    return [
        each
        for each in round_trips(exchange.account().portfolio.deals)
        if segment_word(each.contract) == segment and within(each.closed)
    ]


def _round_trip(each: RoundTrip) -> dict[str, Any]:
    contract = each.contract
    return {
        "quantity": float(each.quantity),
        "isin": contract.isin,
        "scrip_name": contract.name if contract.type == "EQ" else contract.trading_symbol,
        "trade_type": KINDS[contract.type],
        "buy_date": each.bought.strftime(DAY_FORM),
        "buy_average": each.buy_paise / 100,
        "sell_date": each.sold.strftime(DAY_FORM),
        "sell_average": each.sell_paise / 100,
        "buy_amount": each.quantity * each.buy_paise / 100,
        "sell_amount": each.quantity * each.sell_paise / 100,
    }


async def charges_report(exchange: Exchange, request: Request) -> Response:
    """As the contract notes say, exercises included."""
    segment, within = _asked(exchange, request)
    deals = [
        deal
        for deal in exchange.account().portfolio.deals
        if segment_word(deal.contract) == segment and within(deal.day)
    ]
    exercises = [_exercise(deal) for deal in deals if _exercised(deal)]
    total = charges([charged(d) for d in deals if not d.settled], exercises).contract_note()
    return success({"charges_breakdown": _breakdown(total)})


def _exercised(deal: Deal) -> bool:
    """A bought option that ended in the money."""
    return deal.settled and not deal.buy and deal.paise > 0 and deal.contract.type in RIGHTS


def _exercise(deal: Deal) -> Exercise:
    contract, strike = deal.contract, Decimal(str(deal.contract.strike))
    right, value = RIGHTS[contract.type], Decimal(deal.paise) / 100
    return Exercise(
        exchange=contract.exchange,
        underlying=contract.underlying,
        right=right,
        strike=strike,
        settlement=strike + value if right is Right.CALL else strike - value,
        quantity=deal.quantity,
        day=deal.day,
    )


def _breakdown(found: Charges) -> dict[str, Any]:
    return {
        "total": float(found.total),
        "brokerage": float(found.brokerage),
        "taxes": {
            "gst": float(found.gst),
            "stt": float(found.stt),
            "stamp_duty": float(found.stamp),
        },
        "charges": {
            "transaction": float(found.transaction),
            "clearing": 0.0,
            "ipft": float(found.ipft),
            "others": 0.0,
            "sebi_turnover": float(found.sebi),
            "demat_transaction": 0.0,
        },
    }


# What was asked for


def segment_word(contract: Contract) -> str:
    return "EQ" if contract.type == "EQ" else "FO"


def year_start(day: date, back: int = 0) -> date:
    """1 April of the financial year of a day, or of one before."""
    year = day.year if day.month >= 4 else day.year - 1
    return date(year - back, 4, 1)


def _asked(exchange: Exchange, request: Request) -> tuple[str, Callable[[date], bool]]:
    """The segment, and whether a day is within what was asked for."""
    asked = request.query_params
    segment, word = asked.get("segment"), asked.get("financial_year")
    if not segment:
        raise ApiError("UDAPI1067", field="segment")
    if segment not in SEGMENTS:
        raise ApiError("UDAPI1066", field="segment", value=segment)
    starts = _year(word)
    ends = date(starts.year + 1, 3, 31)
    first, last = _day(asked, "from_date") or starts, _day(asked, "to_date") or ends
    if not starts <= first <= last <= ends:
        raise ApiError("UDAPI1105", field="from_date", value=first.isoformat())
    return segment, lambda day: first <= day <= last


def _year(word: str | None) -> date:
    """`2627` is the year from April 2026."""
    if not word:
        raise ApiError("UDAPI1070", field="financial_year")
    if len(word) != 4 or not word.isdecimal() or (int(word[:2]) + 1) % 100 != int(word[2:]):
        raise ApiError("UDAPI1074", field="financial_year", value=word)
    return date(2000 + int(word[:2]), 4, 1)


def _day(asked: Mapping[str, str], name: str) -> date | None:
    raw = asked.get(name)
    if not raw:
        return None
    with suppress(ValueError):
        return datetime.strptime(raw, DAY_FORM).replace(tzinfo=IST).date()
    raise ApiError("UDAPI1075", field=name, value=raw)


def _page(asked: Mapping[str, str]) -> tuple[int, int]:
    number = _whole(asked, "page_number", "UDAPI1091")
    size = _whole(asked, "page_size", "UDAPI1092")
    if number < 1:
        raise ApiError("UDAPI1120", field="page_number", value=number)
    if size < 1:
        raise ApiError("UDAPI1121", field="page_size", value=size)
    if size > MOST_ROWS:
        raise ApiError("UDAPI1122", field="page_size", value=size)
    return number, size


def _whole(asked: Mapping[str, str], name: str, code: str) -> int:
    raw = asked.get(name, "")
    if not raw.isdecimal() or len(raw) > 9:
        raise ApiError(code, field=name, value=raw or None)
    return int(raw)


def _part(rows: Sequence[T], number: int, size: int) -> Sequence[T]:
    return rows[(number - 1) * size : number * size]
