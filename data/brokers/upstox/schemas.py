"""The broker's answers, as they must look; what does not is BadData."""

from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Number = Annotated[float, Field(allow_inf_nan=False)]
Price = Annotated[float, Field(ge=0, lt=1e9, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, lt=10**15)]
Millis = Annotated[int, Field(gt=946_684_800_000, lt=4_102_444_800_000)]
Key = Annotated[str, Field(min_length=3, max_length=120, pattern=r"^[A-Z]+(_[A-Z]+)?\|.+$")]


class Schema(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


Data = TypeVar("Data")


class Reply(Schema, Generic[Data]):
    status: Literal["success", "partial_success"]
    data: Data


class Problem(Schema):
    error_code: str | None = None
    camel_code: str | None = Field(default=None, alias="errorCode")
    message: str = ""


class Problems(Schema):
    """The body of an error."""

    status: Literal["error"]
    errors: list[Problem]

    @property
    def code(self) -> str:
        return next((p.error_code or p.camel_code or "" for p in self.errors), "")

    @property
    def text(self) -> str:
        return "; ".join(p.message for p in self.errors if p.message)


class TokenReply(Schema):
    """The bare object that a code is traded for."""

    access_token: str = Field(min_length=8)
    user_id: str
    user_name: str
    is_active: bool


class ProfileData(Schema):
    user_id: str
    user_name: str
    email: str
    broker: str
    exchanges: list[str]
    is_active: bool


class FeedAddress(Schema):
    authorized_redirect_uri: str = Field(pattern=r"^wss?://")


class Level(Schema):
    quantity: Count
    price: Price
    orders: Count


class Depth(Schema):
    buy: list[Level]
    sell: list[Level]


class DayBar(Schema):
    open: Price | None
    high: Price | None
    low: Price | None
    close: Price | None


class QuoteData(Schema):
    instrument_token: Key
    timestamp: AwareDatetime
    last_price: Price
    prev_close_price: Price
    ohlc: DayBar | None
    depth: Depth | None
    volume: Count | None
    oi: Price | None
    lower_circuit_limit: Price | None
    upper_circuit_limit: Price | None


class SideMarket(Schema):
    ltp: Price
    volume: Count
    oi: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    close_price: Price
    bid_price: Price
    bid_qty: Count
    ask_price: Price
    ask_qty: Count
    prev_oi: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SideGreeks(Schema):
    vega: Number
    theta: Number
    gamma: Number
    delta: Number
    iv: Annotated[float, Field(ge=0, allow_inf_nan=False)]  # percent; 0 = not solved
    pop: Number | None = None


class Side(Schema):
    instrument_key: Key
    market_data: SideMarket
    option_greeks: SideGreeks


class ChainRow(Schema):
    expiry: date
    strike_price: Annotated[float, Field(gt=0, lt=1e9)]
    underlying_key: Key
    underlying_spot_price: Price
    call_options: Side | None = None
    put_options: Side | None = None


class SeriesData(Schema):
    """What options and futures of an expiry have in common."""

    name: str
    segment: str
    exchange: str
    expiry: date
    instrument_key: Key
    exchange_token: str
    trading_symbol: str
    tick_size: Annotated[float, Field(gt=0, lt=1e6)]  # paise
    lot_size: Annotated[int, Field(gt=0)]
    freeze_quantity: Annotated[float, Field(ge=0, lt=1e12)]
    underlying_key: Key
    underlying_symbol: str


class FutureData(SeriesData):
    instrument_type: Literal["FUT"]


class ContractData(SeriesData):
    instrument_type: Literal["CE", "PE"]
    strike_price: Annotated[float, Field(gt=0, lt=1e9)]
    weekly: bool


class HoursData(Schema):
    exchange: str
    start_time: Millis
    end_time: Millis


class HolidayData(Schema):
    date: date
    description: str
    holiday_type: Literal["TRADING_HOLIDAY", "SETTLEMENT_HOLIDAY", "SPECIAL_TIMING"]
    closed_exchanges: list[str]
    open_exchanges: list[HoursData]


class StatusData(Schema):
    exchange: str
    status: Literal[
        "PRE_OPEN_START",
        "PRE_OPEN_END",
        "PRE_OPEN_M_END",
        "NORMAL_OPEN",
        "NORMAL_CLOSE",
        "CLOSING_START",
        "CLOSING_END",
        "CTS_CLOSE",
        "CAS_LM_START",
        "CAS_M_STOP",
        "CAS_STOP",
    ]


class CandleData(Schema):
    """Thousands of rows of seven: told apart, and checked, by the column (`mapping.candles`)."""

    candles: list[list[Any]]


class EventDetail(Schema):
    name: str
    value: str


class ActionData(Schema):
    """A corporate action; what it lacks is null."""

    name: str
    expiry_date: date
    amount: Annotated[float, Field(ge=0, lt=1e9, allow_inf_nan=False)] | None = None
    ratio: str | None = None
    event_details: list[EventDetail] = []


Actions = Reply[list[ActionData]]
Profile = Reply[ProfileData]
Feed = Reply[FeedAddress]
Quotes = Reply[dict[str, QuoteData]]
Chain = Reply[list[ChainRow]]
Contracts = Reply[list[ContractData]]
Futures = Reply[list[FutureData]]
Expiries = Reply[list[date]]
Holidays = Reply[list[HolidayData]]
Timings = Reply[list[HoursData]]
Status = Reply[StatusData]
CandlesReply = Reply[CandleData]
Done = Reply[bool]
