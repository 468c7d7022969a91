"""Subscriptions: who wants to hear of which instrument, and how much; the feed gets the union."""

from collections.abc import Mapping

from core.ids import InstrumentKey
from core.ports.feed import Feed, FeedMode


class Subscriptions:
    """Owners are pages and services; the highest mode that anyone wants of a key wins."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._held: dict[str, dict[InstrumentKey, FeedMode]] = {}
        self.wanted: dict[InstrumentKey, FeedMode] = {}

    def hold(self, owner: str, wishes: Mapping[InstrumentKey, FeedMode]) -> None:
        """Replace what `owner` wants."""
        if self._held.get(owner) != wishes:
            self._held[owner] = dict(wishes)
            self._tell()

    def release(self, owner: str) -> None:
        if self._held.pop(owner, None) is not None:
            self._tell()

    @property
    def owners(self) -> tuple[str, ...]:
        return tuple(self._held)

    def _tell(self) -> None:
        union: dict[InstrumentKey, FeedMode] = {}
        for wishes in self._held.values():
            for key, mode in wishes.items():
                known = union.get(key)
                if known is None or mode > known:
                    union[key] = mode
        if union != self.wanted:
            self.wanted = union
            self._feed.want(union)
