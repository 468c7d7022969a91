"""Answers in the broker's envelope: its successes, its errors, its error codes."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.background import BackgroundTask
from starlette.responses import Response

MESSAGES: Final[Mapping[str, str]] = {
    "UDAPI1003": "The 'order_id' is required",
    "UDAPI1004": "The 'order_type' is required",
    "UDAPI1006": "The 'product' is required",
    "UDAPI1007": "The 'validity' is required",
    "UDAPI1008": "The 'price' is required",
    "UDAPI1009": "The 'instrument_key' is required",
    "UDAPI1010": "The 'order_id' accepts only letters, digits and hyphens",
    "UDAPI1011": "The 'instrument_key' is of invalid format",
    "UDAPI1015": "The dates must be yyyy-MM-dd, and 'from_date' not after 'to_date'",
    "UDAPI1020": "The 'interval' accepts one of (1minute,30minute,day,week,month)",
    "UDAPI1021": "The 'instrument_key' is of invalid format",
    "UDAPI1022": "The 'to_date' must be yyyy-MM-dd",
    "UDAPI1023": "The 'order_id' is required",
    "UDAPI1026": "The 'instrument_token' is required",
    "UDAPI1027": "The 'interval' is required",
    "UDAPI1028": "The 'interval' is invalid",
    "UDAPI1033": "The 'old_product' is invalid",
    "UDAPI1034": "The 'new_product' is invalid",
    "UDAPI1035": "The position cannot be converted",
    "UDAPI1036": "The 'trigger_price' is required",
    "UDAPI1037": "The 'trigger_price' must not be above the limit price of a buy order",
    "UDAPI1038": "The 'trigger_price' must not be below the limit price of a sell order",
    "UDAPI1039": "The 'disclosed_quantity' must be at least 10% of the quantity",
    "UDAPI1040": "The 'price' is not required for market orders",
    "UDAPI1041": "The 'price' and the 'trigger_price' are required for SL orders",
    "UDAPI1042": "Only the 'trigger_price' is required for SL-M orders",
    "UDAPI1043": "The 'price' is required for limit orders",
    "UDAPI1052": "The order 'quantity' cannot be zero",
    "UDAPI1054": "The 'product' is invalid",
    "UDAPI1055": "The 'validity' accepts one of (DAY,IOC)",
    "UDAPI1056": "The 'order_type' accepts one of (MARKET,LIMIT,SL,SL-M)",
    "UDAPI1057": "The 'transaction_type' accepts one of (BUY,SELL)",
    "UDAPI1059": "The 'instrument_token' is of invalid format",
    "UDAPI1060": "The 'quantity' is required and must be a whole number",
    "UDAPI1061": "The 'price' is required and must be a number",
    "UDAPI1062": "The 'transaction_type' accepts one of (BUY,SELL)",
    "UDAPI1063": "The 'product' accepts one of (I,D,CO,MTF)",
    "UDAPI1064": "The 'quantity' cannot be zero",
    "UDAPI1065": "The 'price' cannot be zero",
    "UDAPI1066": "The 'segment' is invalid",
    "UDAPI1067": "The 'segment' is required",
    "UDAPI1070": "The 'financial_year' is required",
    "UDAPI1074": "The 'financial_year' is invalid",
    "UDAPI1075": "The dates must be dd-MM-yyyy",
    "UDAPI1087": "Invalid Instrument key",
    "UDAPI1088": "The date is invalid",
    "UDAPI1089": "The exchange is invalid",
    "UDAPI1091": "The 'page_number' is required and must be a whole number",
    "UDAPI1092": "The 'page_size' is required and must be a whole number",
    "UDAPI1093": "Trades of the last three financial years only are available",
    "UDAPI1094": "The 'start_date' must not be after the 'end_date'",
    "UDAPI1095": "The 'price' must be above zero",
    "UDAPI1096": "The 'quantity' must be above zero",
    "UDAPI1097": "The 'quantity' must be a multiple of the lot size",
    "UDAPI1098": "The 'instrument_key' is of invalid format",
    "UDAPI1099": "Invalid Instrument key",
    "UDAPI1100": "The 'product' accepts one of (I,D,CO,MTF)",
    "UDAPI1101": "The 'transaction_type' accepts one of (BUY,SELL)",
    "UDAPI1102": "The margin API accepts at most 20 instruments",
    "UDAPI1103": "The 'instrument_key' must not be repeated",
    "UDAPI1105": "The dates must be within the financial year",
    "UDAPI1108": "The 'segment' is invalid",
    "UDAPI1109": "No open orders to cancel",
    "UDAPI1110": "At most 50 orders can be cancelled in one call",
    "UDAPI1111": "No open positions to exit",
    "UDAPI1112": "At most 50 positions can be exited in one call",
    "UDAPI1113": "Positions can be exited in market hours only",
    "UDAPI1114": "At least one order is required",
    "UDAPI1115": "The 'correlation_id' is required",
    "UDAPI1116": "The 'correlation_id' must have 1 to 20 characters",
    "UDAPI1117": "The 'correlation_id' must be unique",
    "UDAPI1118": "The number of orders must not be above 25",
    "UDAPI1119": "The 'tag' must not be longer than 40 characters",
    "UDAPI1120": "The 'page_number' must be at least 1",
    "UDAPI1121": "The 'page_size' must be at least 1",
    "UDAPI1122": "The 'page_size' must be at most 5000",
    "UDAPI1126": "The 'type' is required",
    "UDAPI1127": "The 'type' accepts one of (SINGLE,MULTIPLE)",
    "UDAPI1128": "The 'rules' are required",
    "UDAPI1129": "The 'strategy' is required",
    "UDAPI1130": "The 'strategy' accepts one of (ENTRY,TARGET,STOPLOSS)",
    "UDAPI1131": "The 'trigger_type' is required",
    "UDAPI1132": "The 'trigger_type' accepts one of (ABOVE,BELOW,IMMEDIATE)",
    "UDAPI1133": "The 'trigger_price' is required",
    "UDAPI1134": "The 'gtt_order_id' is required",
    "UDAPI1135": "The 'gtt_order_id' is invalid",
    "UDAPI1136": "A SINGLE order has exactly one rule",
    "UDAPI1137": "A MULTIPLE order has two or three rules",
    "UDAPI1138": "The 'strategy' does not fit the 'type'",
    "UDAPI1139": "The 'strategy' must not be repeated",
    "UDAPI1140": "The 'trigger_price' must be above zero",
    "UDAPI1141": "The ENTRY rule is required",
    "UDAPI1142": "The 'trigger_type' does not fit the 'strategy'",
    "UDAPI1143": "Rules other than ENTRY accept IMMEDIATE only",
    "UDAPI1146": "The 'unit' is invalid",
    "UDAPI1147": "The 'interval' is invalid for the chosen unit",
    "UDAPI1148": "The date range is too long for the chosen unit and interval",
    "UDAPI1150": "An open ENTRY can be modified with IMMEDIATE only",
    "UDAPI1151": "The 'trailing_gap' is too small",
    "UDAPI1154": "Orders are accepted from a registered static IP only",
    "UDAPI1156": "The algo name is invalid",
    "UDAPI1158": "Market orders without protection are not allowed",
    "UDAPI1159": "The 'market_protection' must not be above 25",
    "UDAPI1160": "The 'market_protection' is invalid",
    "UDAPI1161": "MCX orders are not allowed through the API",
    "UDAPI1182": "The 'primary_ip' is required",
    "UDAPI1183": "The IP address is invalid",
    "UDAPI1184": "Primary and secondary IP must differ",
    "UDAPI1185": "The static IP can be changed once a calendar week",
    "UDAPI1206": "The ISIN is invalid",
    "UDAPI1221": "This token may be used from a registered static IP only",
    "UDAPI10005": "Too Many Request Sent",
    "UDAPI100010": "Order not found",
    "UDAPI100011": "Invalid Instrument key",
    "UDAPI100016": "Invalid Credentials",
    "UDAPI100036": "Invalid Input",
    "UDAPI100040": "The order is complete, cancelled or rejected and cannot be cancelled",
    "UDAPI100041": "The order is complete, cancelled or rejected and cannot be modified",
    "UDAPI100042": "The quotes API accepts at most 500 instrument keys",
    "UDAPI100043": "The API accepts at most 500 instrument keys",
    "UDAPI100049": "This order cannot be placed through the API",
    "UDAPI100050": "Invalid token used to access API",
    "UDAPI100051": "The 'financial_year' is invalid",
    "UDAPI100057": "Invalid Auth code",
    "UDAPI100059": "The 'order_id' or the 'tag' is required",
    "UDAPI100060": "Resource not Found.",
    "UDAPI100068": "Check your 'client_id' and 'redirect_uri'; one or both are incorrect.",
    "UDAPI100069": "Check your 'client_id' and 'client_secret'; one or both are incorrect.",
    "UDAPI100070": "The 'redirect_uri' does not match the one the code was given to",
    "UDAPI100072": "Funds can be asked for between 05:30 and 24:00 only",
    "UDAPI100074": "Orders can be placed between 05:30 and 24:00 only",
    "UDAPI100076": "The option greek API accepts at most 50 instrument keys",
    "UDAPI100500": "Something went wrong... please contact support",
}


class ApiError(Exception):
    """The broker's no: an HTTP status and its code, in both casings as it sends them."""

    def __init__(
        self, code: str, status: int = 400, *, field: str | None = None, value: Any = None
    ):
        super().__init__(code)
        self.code, self.status, self.field, self.value = code, status, field, value

    def response(self) -> Response:
        error = {
            "errorCode": self.code,
            "message": MESSAGES[self.code],
            "propertyPath": self.field,
            "invalidValue": self.value,
            "error_code": self.code,
            "property_path": self.field,
            "invalid_value": self.value,
        }
        return json_response({"status": "error", "errors": [error]}, self.status)


def success(data: Any, *, then: BackgroundTask | None = None, **more: Any) -> Response:
    """`then` is done when the answer has been sent."""
    response = json_response({"status": "success", "data": data, **more})
    response.background = then
    return response


def json_response(body: Any, status: int = 200) -> Response:
    return Response(
        orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), status, media_type="application/json"
    )


def no_such_route() -> ApiError:
    return ApiError("UDAPI100060", 404)


def bad_token() -> ApiError:
    return ApiError("UDAPI100050", 401)
