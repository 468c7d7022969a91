"""The contract of GTTs, in memory, on SQLite, on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from core.ids import GttId
from core.ports.gtt import GttRepository
from core.ports.orders import JournalRepository
from core.trading.gtt import Gtt, RuleStatus
from core.trading.orders import Fate
from core.trading.requests import AUTOMATIC
from data.db.database import Database
from data.repositories.gtts import SqlGtts
from tests.core.trading.samples import NOW
from tests.core.trading.test_gtt import AFTER, BRACKET, ENDED, ENTRY, STOP, WAITS, told, wanted
from tests.data.repositories.test_orders import journal_entry


def rich(id: str, *statuses: RuleStatus, seconds: int = 0) -> Gtt:
    trailing = replace(STOP, trailing_gap=Decimal("2.5"), protection=AUTOMATIC)
    request = wanted(ENTRY, trailing, group="é ₹", tied=GttId("sg9"))
    made = Gtt(id=GttId(id), request=request, placed_at=NOW + timedelta(seconds=seconds))
    return made.heard(told(request, *statuses)) if statuses else made


async def test_one_comes_back_as_it_was(gtts: GttRepository) -> None:
    for each in (rich("sg1"), rich("sg2", WAITS, AFTER), rich("sg3").moved_to(Fate.REFUSED, "no")):
        await gtts.record([each])
        assert await gtts.get(each.id) == each
    assert await gtts.get(GttId("nobody")) is None


async def test_a_newer_state_takes_the_older_one_s_place(gtts: GttRepository) -> None:
    await gtts.record([rich("sg1")])
    await gtts.record([rich("sg1", WAITS, AFTER)])
    assert await gtts.get(GttId("sg1")) == rich("sg1", WAITS, AFTER)
    assert len(await gtts.unsettled()) == 1


async def test_what_may_still_change_is_found_oldest_first(gtts: GttRepository) -> None:
    lost = rich("sg3").moved_to(Fate.UNANSWERED)
    await gtts.record(
        [
            rich("sg2", WAITS, AFTER, seconds=2),
            rich("sg1", seconds=3),
            lost,
            rich("sg4", ENDED, ENDED),
            Gtt(id=GttId("sg5"), request=BRACKET, placed_at=NOW, fate=Fate.MISSING),
        ]
    )
    assert [each.id for each in await gtts.unsettled()] == ["sg3", "sg2", "sg1"]


async def test_those_of_a_span_are_found(gtts: GttRepository) -> None:
    await gtts.record([rich("sg1"), rich("sg2", seconds=60)])
    found = await gtts.between(NOW, NOW + timedelta(seconds=60))
    assert [each.id for each in found] == ["sg1"]


async def test_its_entries_are_sealed_with_it(
    gtts: GttRepository, journal: JournalRepository
) -> None:
    await gtts.record([rich("sg1")], [journal_entry("sg1", "wanted")])
    await gtts.record([], [journal_entry("sg1", "sent")])
    assert [each.entry.text for each in await journal.of("sg1")] == ["wanted", "sent"]
    assert await journal.first_break() == ""


async def test_those_of_another_account_are_not_seen(database: Database) -> None:
    real, paper = SqlGtts(database, "live"), SqlGtts(database, "paper")
    await real.record([rich("sg1")])
    await paper.record([rich("sg2")])
    assert [each.id for each in await paper.unsettled()] == ["sg2"]
    assert [each.id for each in await real.between(NOW, NOW + timedelta(days=1))] == ["sg1"]
