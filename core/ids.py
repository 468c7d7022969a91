"""Names of things, as types of their own."""

from typing import NewType

InstrumentKey = NewType("InstrumentKey", str)
"""The broker's `SEGMENT|id`, for example `NSE_INDEX|Nifty 50`."""

UserId = NewType("UserId", str)
"""Whose preferences and watchlists; the desk has one user, `LOCAL_USER`."""

LOCAL_USER = UserId("local")
