"""Instrument records, as the broker's files and its contract calls write them."""

from typing import Any

from data.simulator.clock import at_ist
from data.simulator.market import Contract


def file_record(contract: Contract) -> dict[str, Any]:
    """A record of the files: `expiry` in epoch ms at 23:59:59 IST, `tick_size` in paise."""
    if contract.type == "INDEX":
        return _index(contract)
    return _share(contract) if contract.expiry is None else _derivative(contract)


def contract_record(contract: Contract, expired: bool = False) -> dict[str, Any]:
    """A record of the contract calls: `expiry` as a date."""
    assert contract.expiry is not None
    key = f"{contract.key}|{contract.expiry:%d-%m-%Y}" if expired else contract.key
    record = {
        "name": contract.name,
        "segment": contract.segment,
        "exchange": contract.exchange,
        "expiry": contract.expiry.isoformat(),
        "instrument_key": key,
        "exchange_token": contract.exchange_token,
        "trading_symbol": contract.trading_symbol,
        "tick_size": paise(contract.tick),
        "lot_size": contract.lot_size,
        "instrument_type": contract.type,
        "freeze_quantity": float(contract.freeze_quantity),
        "underlying_key": contract.underlying_key,
        "underlying_type": contract.underlying_type,
        "underlying_symbol": contract.underlying,
        "minimum_lot": contract.lot_size,
    }
    if contract.type != "FUT":
        record |= {"strike_price": float(contract.strike), "weekly": contract.weekly}
    return record


def search_record(contract: Contract) -> dict[str, Any]:
    if contract.expiry is None:
        return file_record(contract)
    return contract_record(contract) | {"qty_multiplier": 1.0}


def paise(rupees: float) -> float:
    return round(rupees * 100, 4)


def _index(contract: Contract) -> dict[str, Any]:
    record = {
        "segment": contract.segment,
        "name": contract.name,
        "exchange": contract.exchange,
        "instrument_type": "INDEX",
        "instrument_key": contract.key,
        "exchange_token": contract.exchange_token,
        "trading_symbol": contract.trading_symbol,
    }
    return record | ({"cas_eligible": True} if "VIX" not in contract.name.upper() else {})


def _share(contract: Contract) -> dict[str, Any]:
    record = {
        "segment": contract.segment,
        "name": contract.name,
        "exchange": contract.exchange,
        "isin": contract.isin,
        "instrument_type": "EQ" if contract.exchange == "NSE" else "A",
        "instrument_key": contract.key,
        "lot_size": contract.lot_size,
        "freeze_quantity": float(contract.freeze_quantity),
        "exchange_token": contract.exchange_token,
        "tick_size": paise(contract.tick),
        "trading_symbol": contract.trading_symbol,
        "qty_multiplier": 1.0,
    }
    if contract.exchange == "NSE":
        record |= {
            "short_name": contract.name.title(),
            "mtf_enabled": True,
            "mtf_bracket": 25.0,
            "security_type": "NORMAL",
            "cas_eligible": True,
        }
    return record


def _derivative(contract: Contract) -> dict[str, Any]:
    assert contract.expiry is not None
    return {
        "weekly": contract.weekly,
        "segment": contract.segment,
        "name": contract.name,
        "exchange": contract.exchange,
        "expiry": at_ist(contract.expiry, 23, 59, 59),
        "instrument_type": contract.type,
        "asset_symbol": contract.underlying,
        "asset_key": contract.underlying_key,
        "asset_type": contract.underlying_type,
        "underlying_symbol": contract.underlying,
        "instrument_key": contract.key,
        "lot_size": contract.lot_size,
        "freeze_quantity": float(contract.freeze_quantity),
        "exchange_token": contract.exchange_token,
        "minimum_lot": contract.lot_size,
        "underlying_key": contract.underlying_key,
        "tick_size": paise(contract.tick),
        "underlying_type": contract.underlying_type,
        "trading_symbol": contract.trading_symbol,
        "strike_price": float(contract.strike),
        "qty_multiplier": 1.0,
    }
