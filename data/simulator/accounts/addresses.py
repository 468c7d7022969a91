"""The addresses from which this account's orders may come."""

from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from typing import Any, Final

from data.simulator.accounts.told import moment
from data.simulator.answers import ApiError
from data.simulator.clock import day_of

HERE: Final = "127.0.0.1", "::1"


@dataclass(slots=True)
class Addresses:
    """From the start this machine is registered."""

    since_ms: int
    primary: str = HERE[0]
    secondary: str | None = HERE[1]
    changed: date | None = None

    def holds(self, host: str) -> bool:
        return host in (self.primary, self.secondary)

    def change(self, primary: object, secondary: object, now: int) -> None:
        """Once a calendar week; raises the broker's refusals."""
        if not primary:
            raise ApiError("UDAPI1182", field="primary_ip")
        for field, value in (("primary_ip", primary), ("secondary_ip", secondary)):
            if value is not None and not _is_address(value):
                raise ApiError("UDAPI1183", field=field, value=str(value))
        if primary == secondary:
            raise ApiError("UDAPI1184", field="secondary_ip", value=str(secondary))
        today = day_of(now)
        if self.changed and self.changed.isocalendar()[:2] == today.isocalendar()[:2]:
            raise ApiError("UDAPI1185")
        self.primary = str(primary)
        self.secondary = None if secondary is None else str(secondary)
        self.since_ms, self.changed = now, today

    def told(self) -> dict[str, Any]:
        since = moment(self.since_ms)
        return {
            "primary_ip": self.primary,
            "secondary_ip": self.secondary,
            "primary_ip_updated_at": since,
            "secondary_ip_updated_at": since if self.secondary else None,
        }


def _is_address(value: object) -> bool:
    try:
        ip_address(str(value))
    except ValueError:
        return False
    return True
