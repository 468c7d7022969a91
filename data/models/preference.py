"""What a user chose, as JSON under a name."""

from sqlmodel import Field

from data.models.base import Row


class PreferenceRow(Row, table=True):
    __tablename__ = "preferences"

    user_id: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value: str
