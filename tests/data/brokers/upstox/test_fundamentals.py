"""Corporate actions as the broker tells them."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadData, BrokerRejected
from core.instruments.corporate_actions import ActionKind
from data.brokers.upstox.fundamentals import UpstoxFundamentals
from tests.data.brokers.upstox.parts import Broker, Parts, bad, good

ISIN = "INE002A01018"
SAMPLES = Path(__file__).parents[4].parent / "shared/reference/upstox-samples"


def told(name: str, day: str = "2024-10-28", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "expiry_date": day,
        "amount": None,
        "ratio": None,
        "event_details": [],
    } | (more)


def asking(home: Path, *actions: dict[str, Any]) -> tuple[UpstoxFundamentals, Parts, Broker]:
    broker = Broker(good(list(actions)))
    parts = Parts(home, broker)
    return UpstoxFundamentals(parts.http), parts, broker


async def test_actions_come_oldest_first_in_our_words(tmp_path: Path) -> None:
    door, _, broker = asking(
        tmp_path,
        told("Dividend", "2026-08-14", amount=5.5),
        told("Bonus", ratio="1:1"),
        told("Split", "2017-09-07", ratio="1:5"),
        told("Rights Issue", "2020-05-13", ratio="1:15", amount=1257.0),
    )
    split, rights, bonus, dividend = await door.actions(ISIN)
    assert broker.asked[0].url.path == f"/v2/fundamentals/{ISIN}/corporate-actions"
    assert (split.kind, split.ratio) == (ActionKind.SPLIT, (Fraction(5), Fraction(1)))
    assert (rights.kind, rights.amount) == (ActionKind.RIGHTS, Decimal(1257))
    assert (bonus.kind, bonus.ex_day) == (ActionKind.BONUS, date(2024, 10, 28))
    assert (dividend.amount, dividend.ratio) == (Decimal("5.5"), None)


async def test_the_brokers_sample_is_understood(tmp_path: Path) -> None:
    path = SAMPLES / "get-fund-corporate-actions.json"
    if not path.is_file():
        pytest.skip("../shared is not here")
    door, _, _ = asking(tmp_path, *json.loads(path.read_text())["data"])
    (dividend,) = await door.actions(ISIN)
    assert dividend.amount == Decimal("5.5")
    assert dividend.details == "Dividend type: Final, Announcement date: 2026-04-25"


async def test_a_share_without_actions_has_none(tmp_path: Path) -> None:
    door, _, _ = asking(tmp_path)
    assert await door.actions(ISIN) == []


@pytest.mark.parametrize(
    "wrong", [told("Merger"), told("Bonus", ratio="one for one"), told("Bonus", "soon")]
)
async def test_what_is_not_understood_is_counted_and_refused(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    door, parts, _ = asking(tmp_path, wrong)
    with pytest.raises(BadData):
        await door.actions(ISIN)
    assert parts.health.bad_data["corporate actions"] == 1


async def test_an_unknown_share_is_the_brokers_no(tmp_path: Path) -> None:
    parts = Parts(tmp_path, Broker(bad(400, "UDAPI1206", "The ISIN is invalid")))
    with pytest.raises(BrokerRejected) as refused:
        await UpstoxFundamentals(parts.http).actions("X")
    assert refused.value.code == "UDAPI1206"
