"""Corporate actions of shares, as the broker tells them."""

from typing import Final

from core.errors import BadData
from core.instruments.corporate_actions import ActionKind, CorporateAction, parsed_ratio
from core.money import rupees
from data.brokers.upstox import schemas
from data.brokers.upstox.budget import Priority
from data.brokers.upstox.http import UpstoxHttp

KINDS: Final = {
    "dividend": ActionKind.DIVIDEND,
    "bonus": ActionKind.BONUS,
    "split": ActionKind.SPLIT,
    "rights": ActionKind.RIGHTS,
    "rights issue": ActionKind.RIGHTS,
}


class UpstoxFundamentals:
    """Fills the `ActionSource` port."""

    def __init__(self, http: UpstoxHttp) -> None:
        self._http = http

    async def actions(self, isin: str) -> list[CorporateAction]:
        call = "corporate actions"
        path = f"/v2/fundamentals/{isin}/corporate-actions"
        reply = await self._http.read(call, path, schemas.Actions, priority=Priority.JOB)
        try:
            found = [_action(isin, data) for data in reply.data]
        except BadData as problem:
            self._http.count_bad(call, str(problem))
            raise
        return sorted(found, key=lambda each: each.ex_day)


def _action(isin: str, data: schemas.ActionData) -> CorporateAction:
    """The broker's `expiry_date` is taken for the ex-date (inferred: it documents none).

    Which face value of a split it writes first is not documented either: a split makes shares
    smaller, so the larger number is the old one.
    """
    kind = KINDS.get(data.name.strip().lower())
    if kind is None:
        raise BadData(f"a corporate action of unknown kind: {data.name}")
    ratio = parsed_ratio(data.ratio) if data.ratio else None
    if kind is ActionKind.SPLIT and ratio is not None:
        ratio = max(ratio), min(ratio)
    return CorporateAction(
        isin=isin,
        kind=kind,
        ex_day=data.expiry_date,
        amount=rupees(data.amount) if data.amount else None,
        ratio=ratio,
        details=", ".join(f"{each.name}: {each.value}" for each in data.event_details),
    )
