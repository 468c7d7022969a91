"""Corporate actions as rows."""

from datetime import date
from decimal import Decimal

from sqlmodel import Field

from core.instruments.corporate_actions import ActionKind, CorporateAction, parsed_ratio
from data.db.types import Day, Rupees
from data.models.base import Row


class CorporateActionRow(Row, table=True):
    """`number` tells two of a kind apart that fall on one day."""

    __tablename__ = "corporate_actions"

    isin: str = Field(primary_key=True)
    ex_day: date = Field(primary_key=True, sa_type=Day)
    kind: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    amount: Decimal | None = Field(sa_type=Rupees)
    ratio: str
    details: str

    @classmethod
    def from_domain(cls, number: int, each: CorporateAction) -> "CorporateActionRow":
        return cls(
            isin=each.isin,
            ex_day=each.ex_day,
            kind=each.kind.value,
            number=number,
            amount=each.amount,
            ratio=each.ratio_text,
            details=each.details,
        )

    def to_domain(self) -> CorporateAction:
        return CorporateAction(
            isin=self.isin,
            ex_day=self.ex_day,
            kind=ActionKind(self.kind),
            amount=self.amount,
            ratio=parsed_ratio(self.ratio) if self.ratio else None,
            details=self.details,
        )
