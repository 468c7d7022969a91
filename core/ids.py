"""Names of things, as types of their own."""

from typing import NewType

InstrumentKey = NewType("InstrumentKey", str)
"""The broker's `SEGMENT|id`, for example `NSE_INDEX|Nifty 50`."""

UserId = NewType("UserId", str)
"""Whose preferences and watchlists; the desk has one user, `LOCAL_USER`."""

LOCAL_USER = UserId("local")

OrderId = NewType("OrderId", str)
"""Ours, made before anything is sent; it travels as the broker's tag."""

BrokerOrderId = NewType("BrokerOrderId", str)
"""The broker's; one order of ours has several where it was sliced."""

GttId = NewType("GttId", str)
"""Ours, of an order good till triggered, made before anything is sent; orders that it makes are
named after it."""

BrokerGttId = NewType("BrokerGttId", str)
"""The broker's number of an order good till triggered."""

TradeId = NewType("TradeId", str)
"""The exchange's number of one fill, unique within its broker order."""
