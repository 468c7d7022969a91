"""Runs the broker's official SDK against an exchange; a process of its own, told its address.

Prints one JSON object: for each read call the fields that the SDK lost, what its streamer heard.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import upstox_client
import websocket
from upstox_client.feeder import market_data_feeder_v3

NIFTY = "NSE_INDEX|Nifty 50"
SHARE = "NSE_EQ|INE002A01018"
API = "2.0"


def client_of(base: str, token: str) -> upstox_client.ApiClient:
    configuration = upstox_client.Configuration()
    configuration.host = configuration.order_host = base
    configuration.access_token = token
    return upstox_client.ApiClient(configuration)


def read_calls(
    client: upstox_client.ApiClient, call: str, expired: str, expiry: str
) -> dict[str, Any]:
    """Name → the call, for everything that the exchange does and the SDK knows."""
    u = upstox_client
    old, new = u.MarketQuoteApi(client), u.MarketQuoteV3Api(client)
    history, history_v3 = u.HistoryApi(client), u.HistoryV3Api(client)
    options, over = u.OptionsApi(client), u.ExpiredInstrumentApi(client)
    days, figures = u.MarketHolidaysAndTimingsApi(client), u.MarketApi(client)
    keys, day, before = f"{SHARE},{NIFTY},{call}", "2026-11-17", "2026-11-16"
    costs = u.ChargeApi(client)
    basket = [
        u.Instrument(
            instrument_key=call, quantity=65, product="D", transaction_type="SELL", price=200.0
        ),
        u.Instrument(instrument_key=SHARE, quantity=10, product="I", transaction_type="BUY"),
    ]
    return {
        "profile": lambda: u.UserApi(client).get_profile(API),
        "quotes_v2": lambda: old.get_full_market_quote(keys, API),
        "quotes_v3": lambda: new.get_full_market_quote_v3(instrument_key=keys),
        "ohlc_v2": lambda: old.get_market_quote_ohlc(keys, "1d", API),
        "ohlc_v3_day": lambda: new.get_market_quote_ohlc("1d", instrument_key=keys),
        "ohlc_v3_minute": lambda: new.get_market_quote_ohlc("I1", instrument_key=keys),
        "ltp_v2": lambda: old.ltp(keys, API),
        "ltp_v3": lambda: new.get_ltp(instrument_key=keys),
        "greeks": lambda: new.get_market_quote_option_greek(instrument_key=call),
        "chain": lambda: options.get_put_call_option_chain(NIFTY, expiry),
        "contracts": lambda: options.get_option_contracts(NIFTY),
        "contracts_of_expiry": lambda: options.get_option_contracts(NIFTY, expiry_date=expiry),
        "candles_v2": lambda: history.get_historical_candle_data(SHARE, "day", day, API),
        "candles_v2_from": lambda: history.get_historical_candle_data1(
            SHARE, "1minute", day, before, API
        ),
        "today_v2": lambda: history.get_intra_day_candle_data(SHARE, "30minute", API),
        "candles_v3": lambda: history_v3.get_historical_candle_data(NIFTY, "minutes", "30", day),
        "candles_v3_from": lambda: history_v3.get_historical_candle_data1(
            SHARE, "minutes", "15", day, before
        ),
        "today_v3": lambda: history_v3.get_intra_day_candle_data(call, "minutes", "1"),
        "expiries": lambda: over.get_expiries(NIFTY),
        "expired_options": lambda: over.get_expired_option_contracts(NIFTY, day),
        "expired_futures": lambda: over.get_expired_future_contracts(NIFTY, "2026-10-27"),
        "expired_candles": lambda: over.get_expired_historical_candle_data(
            expired, "5minute", day, before
        ),
        "holidays": days.get_holidays,
        "holiday": lambda: days.get_holiday("2026-01-26"),
        "timings": lambda: days.get_exchange_timings("2026-11-20"),
        "status": lambda: days.get_market_status("NSE"),
        "oi": lambda: figures.get_oi_data(NIFTY, expiry, "2026-11-18"),
        "change_oi": lambda: figures.get_change_oi_data(NIFTY, expiry, "2026-11-18", "1"),
        "max_pain": lambda: figures.get_max_pain_data(NIFTY, expiry, "2026-11-18", "60"),
        "pcr": lambda: figures.get_pcr_data(NIFTY, expiry, "2026-11-18", "60"),
        "brokerage": lambda: costs.get_brokerage(call, 65, "D", "SELL", 165.0, API),
        "margin": lambda: costs.post_margin(u.MarginRequest(instruments=basket)),
        "search": lambda: u.InstrumentsApi(client).search_instrument(
            "nifty", instrument_types="CE", records=30
        ),
    }


def lost(model: Any, raw: Any, at: str = "") -> list[str]:
    """Paths of the raw answer that the SDK's model has not, or has otherwise."""
    found: list[str] = []
    if hasattr(model, "attribute_map"):
        names = {theirs: ours for ours, theirs in model.attribute_map.items()}
        for key, value in raw.items():
            path = f"{at}.{key}"
            found += lost(getattr(model, names[key]), value, path) if key in names else [path]
        return found
    if isinstance(raw, dict):
        if not isinstance(model, dict):
            return [f"{at}: {type(model).__name__}"]
        found = [f"{at}.{key}" for key in raw if key not in model]
        for key in raw.keys() & model.keys():
            found += lost(model[key], raw[key], f"{at}.*")
        return found
    if isinstance(raw, list):
        if not isinstance(model, list) or len(model) != len(raw):
            return [f"{at}[]"]
        return [p for m, r in zip(model, raw, strict=True) for p in lost(m, r, f"{at}[]")]
    if hasattr(model, "isoformat"):
        return [] if str(model.isoformat()).startswith(str(raw)[:10]) else [at]
    return [] if model == raw else [f"{at}: {model!r} for {raw!r}"]


def check_calls(base: str, token: str, call: str, expired: str, expiry: str) -> dict[str, Any]:
    client = client_of(base, token)
    answers = {}
    for name, ask in read_calls(client, call, expired, expiry).items():
        model = ask()
        raw = json.loads(client.last_response.data)
        assert raw["data"], f"{name} is empty"
        answers[name] = sorted(set(lost(model, raw)))
    return answers


def log_in(base: str, code: str, back: str) -> str:
    """The SDK's own token call."""
    answer = upstox_client.LoginApi(client_of(base, "")).token(
        API,
        code=code,
        client_id="strikedesk-demo",
        client_secret="strikedesk-demo-secret",
        redirect_uri=back,
        grant_type="authorization_code",
    )
    return str(answer.access_token)


def refused(base: str) -> list[Any]:
    """What the SDK makes of a refusal."""
    try:
        upstox_client.UserApi(client_of(base, "a.b.c")).get_profile(API)
    except upstox_client.rest.ApiException as problem:
        return [problem.status, json.loads(problem.body)["errors"][0]["errorCode"]]
    return []


def stream(base: str, token: str, keys: list[str]) -> dict[str, Any]:
    """The streamer's address is written into it: send it to the exchange instead."""

    class Redirected(websocket.WebSocketApp):
        def __init__(self, url: str, **options: Any) -> None:
            here = url.replace("wss://api.upstox.com", base.replace("http", "ws", 1))
            super().__init__(here, **options)

    market_data_feeder_v3.websocket.WebSocketApp = Redirected
    modes = ("ltpc", "option_greeks", "full", "full_d30")
    with ThreadPoolExecutor() as pool:
        heard = pool.map(lambda mode: listen(base, token, keys, mode), modes)
        return dict(zip(modes, heard, strict=True))


def listen(base: str, token: str, keys: list[str], mode: str) -> dict[str, Any]:
    """What comes in one mode: the types of the messages in order, and each key's newest feed."""
    streamer = upstox_client.MarketDataStreamerV3(client_of(base, token), keys, mode)
    streamer.auto_reconnect(False)
    types: list[str] = []
    feeds: dict[str, Any] = {}
    problems: list[str] = []
    enough = threading.Event()

    def hear(message: dict[str, Any]) -> None:
        types.append(message.get("type", "initial_feed"))
        feeds.update(message.get("feeds", {}))
        if types.count("live_feed") >= 2 and set(feeds) == set(keys):
            enough.set()

    streamer.on("message", hear)
    streamer.on("error", lambda problem: problems.append(str(problem)))
    streamer.connect()
    heard = enough.wait(20)
    streamer.disconnect()
    return {"heard": heard, "types": types[:3], "feeds": feeds, "problems": problems}


def main() -> None:
    asked = json.loads(sys.argv[1])
    base = asked["base"]
    token = log_in(base, asked["code"], asked["back"])
    live_token = log_in(asked["live"], asked["live_code"], asked["back"])
    answer = {
        "lost": check_calls(base, token, asked["call"], asked["expired"], asked["expiry"]),
        "refused": refused(base),
        "stream": stream(asked["live"], live_token, asked["keys"]),
        "logged_out": upstox_client.LoginApi(client_of(base, token)).logout(API).data,
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
