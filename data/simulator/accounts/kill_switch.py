"""The broker's own kill switch: a segment is shut for new orders until it is opened again."""

from collections.abc import Mapping
from typing import Any, Final

from data.simulator.accounts.account import Account
from data.simulator.accounts.orders import Ask
from data.simulator.accounts.rms import Refusal
from data.simulator.answers import ApiError

HELD_MS: Final = 12 * 3_600_000
"""So long a segment stays shut at least."""
TRADED: Final = ("NSE_EQ", "BSE_EQ", "NSE_FO", "BSE_FO")
SEGMENTS: Final = ("NSE_EQ", "BSE_EQ", "NSE_FO", "BSE_FO", "NCD_FO", "BCD_FO", "MCX_FO", "NSE_COM")


class KillSwitch:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._shut: dict[str, int] = {}
        account.vetoes.append(self.refusal)

    def refusal(self, ask: Ask) -> Refusal | None:
        segment = ask.contract.segment
        if segment not in self._shut:
            return None
        return Refusal(
            f"The kill switch is on for {segment}.", f"RMS:Blocked segment {segment}, kill switch"
        )

    def turn(self, actions: Mapping[str, bool], now: int) -> None:
        """Shut (true) or open segments: all of them or, where one may not, none."""
        for segment, shut in actions.items():
            since = self._shut.get(segment)
            if shut and self._held(segment):
                raise ApiError("UDAPI100036", field="segment", value=f"{segment}: open position")
            if not shut and since is not None and now - since < HELD_MS:
                raise ApiError(
                    "UDAPI100036", field="segment", value=f"{segment}: shut for 12 hours"
                )
        for segment, shut in actions.items():
            if not shut:
                self._shut.pop(segment, None)
            elif segment not in self._shut:
                self._shut[segment] = now
                self._cancel(segment, now)

    def _held(self, segment: str) -> bool:
        positions = self._account.portfolio.positions.values()
        return any(p.open and p.contract.segment == segment for p in positions)

    def _cancel(self, segment: str, now: int) -> None:
        for order in [*self._account.working(), *self._account.queued()]:
            if order.ask.contract.segment == segment:
                self._account.cancel(order, now, "Kill switch.")

    def told(self) -> list[dict[str, Any]]:
        return [
            {
                "segment": segment,
                "segment_status": "ACTIVE" if segment in TRADED else "INACTIVE",
                "kill_switch_enabled": segment in self._shut,
            }
            for segment in SEGMENTS
        ]
