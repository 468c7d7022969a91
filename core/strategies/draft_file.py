"""Drafts as JSON, to be shared: `{"format": "strikedesk.draft", "version": 1, …}`."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from math import isnan, nan
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import BadData, RuleBroken
from core.ids import LOCAL_USER, InstrumentKey, UserId
from core.instruments.instrument import Right
from core.strategies.draft import Alert, Crossing, Draft, Watched, new_draft_id
from core.strategies.legs import Leg, LegKind

FORMAT: Final = "strikedesk.draft"
VERSION: Final = 1
LONGEST: Final = 256_000
"""Characters of a file; a draft of forty legs has about 15,000."""
MOST_LEGS: Final = 40
FEW_SHOWN: Final = 5
"""Mistakes named of a file; the rest are counted."""

Text = Annotated[str, Field(max_length=200)]
Price = Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)]
Units = Annotated[int, Field(ge=-100_000_000, le=100_000_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Leg(_Strict):
    key: Text
    symbol: Annotated[str, Field(min_length=1, max_length=50)]
    kind: LegKind
    right: Right | None
    strike: Annotated[float, Field(gt=0, le=1e7, allow_inf_nan=False)] | None
    expiry: date
    closes_at: AwareDatetime
    lot_size: Annotated[int, Field(ge=1, le=10_000_000)]
    lots: Units
    odd_units: Units = 0
    price: Price | None
    iv: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] | None = None
    iv_shift: Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False)] = 0.0
    enabled: bool = True
    exit_price: Price | None = None

    @model_validator(mode="after")
    def _whole(self) -> "_Leg":
        is_option = self.kind is LegKind.OPTION
        if is_option is (self.right is None) or is_option is (self.strike is None):
            raise ValueError("an option has a right and a strike, a future has neither")
        return self


class _Alert(_Strict):
    watched: Watched
    crossing: Crossing
    level: Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
    fired_at: AwareDatetime | None = None


class _File(_Strict):
    format: Literal["strikedesk.draft"]
    version: Literal[1]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    symbol: Annotated[str, Field(min_length=1, max_length=50)]
    tags: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    notes: Annotated[str, Field(max_length=20_000)] = ""
    created_at: AwareDatetime
    edited_at: AwareDatetime
    legs: Annotated[tuple[_Leg, ...], Field(max_length=MOST_LEGS)]
    alerts: Annotated[tuple[_Alert, ...], Field(max_length=20)] = ()


def to_json(draft: Draft) -> str:
    """Neither the id nor the user: a file is nobody's. Equal drafts give equal text.

    Raises RuleBroken for what could not be read again: too many legs, numbers beyond all bounds.
    """
    try:
        file = _file(draft)
    except ValidationError as found:
        raise RuleBroken(_in_words("This draft cannot be kept.", found)) from None
    return json.dumps(file.model_dump(mode="json"), indent=1, ensure_ascii=False)


def _file(draft: Draft) -> _File:
    return _File(
        format=FORMAT,
        version=VERSION,
        name=draft.name,
        symbol=draft.symbol,
        tags=draft.tags,
        notes=draft.notes,
        created_at=draft.created_at,
        edited_at=draft.edited_at,
        legs=tuple(_written(leg) for leg in draft.legs),
        alerts=tuple(
            _Alert(watched=a.watched, crossing=a.crossing, level=a.level, fired_at=a.fired_at)
            for a in draft.alerts
        ),
    )


def from_json(
    text: str, *, id: str | None = None, user: UserId = LOCAL_USER, tracked: bool = False
) -> Draft:
    """A draft of its own (a new id unless one is given); raises BadData that names each mistake.

    Whether its contracts are listed is for `draft.checks`: what is gone is kept, and told.
    """
    if len(text) > LONGEST:
        raise BadData("This file is too long to be a draft.")
    file = _read(text)
    return Draft(
        id=id or new_draft_id(),
        user=user,
        name=file.name,
        symbol=file.symbol,
        tags=file.tags,
        notes=file.notes,
        created_at=file.created_at.astimezone(UTC),
        edited_at=file.edited_at.astimezone(UTC),
        legs=tuple(_leg(each) for each in file.legs),
        alerts=tuple(
            Alert(
                watched=a.watched,
                crossing=a.crossing,
                level=a.level,
                fired_at=_utc(a.fired_at),
            )
            for a in file.alerts
        ),
        tracked=tracked,
    )


def _read(text: str) -> _File:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise BadData("This file is not JSON.") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise BadData("This file is not a draft of Strikedesk.")
    if told.get("version") != VERSION:
        raise BadData(
            f"This draft has version {told.get('version')!r}; this desk reads version {VERSION}."
        )
    try:
        return _File.model_validate_json(text)
    except ValidationError as found:
        raise BadData(_in_words("This draft cannot be read.", found)) from None


def _in_words(what: str, found: ValidationError) -> str:
    mistakes = [f"{_place(e['loc'])}: {e['msg']}" for e in found.errors(include_url=False)]
    more = len(mistakes) - FEW_SHOWN
    tail = f" … and {more} more" if more > 0 else ""
    return f"{what} " + "; ".join(mistakes[:FEW_SHOWN]) + tail + "."


def _place(path: Sequence[str | int]) -> str:
    """`legs 2 strike`, counted from 1 as a person does."""
    return " ".join(str(p + 1) if isinstance(p, int) else p for p in path) or "the whole"


def _written(leg: Leg) -> _Leg:
    return _Leg(
        key=leg.key,
        symbol=leg.symbol,
        kind=leg.kind,
        right=leg.right,
        strike=leg.strike,
        expiry=leg.expiry,
        closes_at=leg.closes_at,
        lot_size=leg.lot_size,
        lots=leg.lots,
        odd_units=leg.odd_units,
        price=None if isnan(leg.price) else leg.price,
        iv=leg.iv,
        iv_shift=leg.iv_shift,
        enabled=leg.enabled,
        exit_price=leg.exit_price,
    )


def _leg(told: _Leg) -> Leg:
    return Leg(
        key=InstrumentKey(told.key),
        symbol=told.symbol,
        kind=told.kind,
        right=told.right,
        strike=told.strike,
        expiry=told.expiry,
        closes_at=told.closes_at.astimezone(UTC),
        lot_size=told.lot_size,
        lots=told.lots,
        odd_units=told.odd_units,
        price=nan if told.price is None else told.price,
        iv=told.iv,
        iv_shift=told.iv_shift,
        enabled=told.enabled,
        exit_price=told.exit_price,
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
