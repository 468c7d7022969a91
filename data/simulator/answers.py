"""Answers in the broker's envelope: its successes, its errors, its error codes."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response

MESSAGES: Final[Mapping[str, str]] = {
    "UDAPI10005": "Too Many Request Sent",
    "UDAPI1009": "The 'instrument_key' is required",
    "UDAPI1011": "The 'instrument_key' is of invalid format",
    "UDAPI1015": "The dates must be yyyy-MM-dd, and 'from_date' not after 'to_date'",
    "UDAPI1020": "The 'interval' accepts one of (1minute,30minute,day,week,month)",
    "UDAPI1021": "The 'instrument_key' is of invalid format",
    "UDAPI1022": "The 'to_date' must be yyyy-MM-dd",
    "UDAPI1027": "The 'interval' is required",
    "UDAPI1028": "The 'interval' is invalid",
    "UDAPI1059": "The 'instrument_token' is of invalid format",
    "UDAPI1060": "The 'quantity' is required and must be a whole number",
    "UDAPI1061": "The 'price' is required and must be a number",
    "UDAPI1062": "The 'transaction_type' accepts one of (BUY,SELL)",
    "UDAPI1063": "The 'product' accepts one of (I,D,CO,MTF)",
    "UDAPI1064": "The 'quantity' cannot be zero",
    "UDAPI1065": "The 'price' cannot be zero",
    "UDAPI1087": "Invalid Instrument key",
    "UDAPI1088": "The date is invalid",
    "UDAPI1089": "The exchange is invalid",
    "UDAPI1095": "The 'price' must be above zero",
    "UDAPI1096": "The 'quantity' must be above zero",
    "UDAPI1097": "The 'quantity' must be a multiple of the lot size",
    "UDAPI1098": "The 'instrument_key' is of invalid format",
    "UDAPI1099": "Invalid Instrument key",
    "UDAPI1100": "The 'product' accepts one of (I,D,CO,MTF)",
    "UDAPI1101": "The 'transaction_type' accepts one of (BUY,SELL)",
    "UDAPI1102": "The margin API accepts at most 20 instruments",
    "UDAPI1103": "The 'instrument_key' must not be repeated",
    "UDAPI1146": "The 'unit' is invalid",
    "UDAPI1147": "The 'interval' is invalid for the chosen unit",
    "UDAPI1148": "The date range is too long for the chosen unit and interval",
    "UDAPI1221": "This token may be used from a registered static IP only",
    "UDAPI100011": "Invalid Instrument key",
    "UDAPI100016": "Invalid Credentials",
    "UDAPI100036": "Invalid Input",
    "UDAPI100042": "The quotes API accepts at most 500 instrument keys",
    "UDAPI100043": "The API accepts at most 500 instrument keys",
    "UDAPI100050": "Invalid token used to access API",
    "UDAPI100057": "Invalid Auth code",
    "UDAPI100060": "Resource not Found.",
    "UDAPI100068": "Check your 'client_id' and 'redirect_uri'; one or both are incorrect.",
    "UDAPI100069": "Check your 'client_id' and 'client_secret'; one or both are incorrect.",
    "UDAPI100070": "The 'redirect_uri' does not match the one the code was given to",
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


def success(data: Any, **more: Any) -> Response:
    return json_response({"status": "success", "data": data, **more})


def json_response(body: Any, status: int = 200) -> Response:
    return Response(
        orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), status, media_type="application/json"
    )


def no_such_route() -> ApiError:
    return ApiError("UDAPI100060", 404)


def bad_token() -> ApiError:
    return ApiError("UDAPI100050", 401)
