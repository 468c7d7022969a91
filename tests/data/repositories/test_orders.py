"""The contract of orders, fills and the journal, in memory, on SQLite, on PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlmodel import Session

from core.clock import SetClock
from core.ids import BrokerOrderId, OrderId
from core.ports.orders import FillRepository, JournalRepository, OrderRepository
from core.trading.broker_orders import Status
from core.trading.journal import Entry, Kind
from core.trading.orders import Fate, Order
from core.trading.requests import OrderType, Source
from data.db.database import Database, driver
from data.repositories.journal import SqlJournal
from data.repositories.orders import SqlFills, SqlOrders, SqlPaperStore
from tests.core.trading.samples import NOW, ask, at_broker, fill, order

SECOND = timedelta(seconds=1)


def journal_entry(correlation: str, words: str, **facts: object) -> Entry:
    given = {"price": "150.05", "units": 65, "sent": True, "ids": ["1", "é"], "none": None}
    return Entry(
        at=NOW + timedelta(microseconds=7),
        kind=Kind.INTENT,
        correlation=correlation,
        text=words,
        facts=given | facts,  # type: ignore[arg-type]
    )


def rich_order(id: str, seconds: int = 0) -> Order:
    request = ask(
        type=OrderType.SL, trigger_price=Decimal("149.95"), source=Source.RULE, group="é ₹"
    )
    made = replace(order(request, id), placed_at=NOW + seconds * SECOND)
    third = Decimal(151) / 3
    return made.taken([BrokerOrderId("1")], NOW).heard(
        [at_broker(filled=30, average_price=third, reason="½", tag=id)]
    )


async def test_an_order_comes_back_as_it_was(orders: OrderRepository) -> None:
    for each in (rich_order("sd1"), order(id="sd2"), order(id="sd3").moved_to(Fate.REFUSED, "no")):
        await orders.record([each])
        assert await orders.get(each.id) == each
    assert await orders.get(OrderId("nobody")) is None


async def test_what_may_still_change_is_found_again_oldest_first(orders: OrderRepository) -> None:
    lost = order(id="sd5").moved_to(Fate.UNANSWERED)
    given = [
        rich_order("sd2", 2),
        replace(order(id="sd1"), placed_at=NOW + 3 * SECOND),
        order(id="sd3").heard([at_broker("3", Status.CANCELLED)]),
        order(id="sd4").moved_to(Fate.REFUSED),
        lost,
        replace(lost, id=OrderId("sd6")).moved_to(Fate.MISSING),
    ]
    await orders.record(given)
    assert [each.id for each in await orders.unsettled()] == ["sd5", "sd2", "sd1"]
    found = await orders.between(NOW, NOW + 3 * SECOND)
    assert [each.id for each in found] == ["sd3", "sd4", "sd5", "sd6", "sd2"]


async def test_an_order_recorded_again_takes_the_place_of_its_older_self(
    orders: OrderRepository,
) -> None:
    await orders.record([order()])
    later = order().taken([BrokerOrderId("1")], NOW)
    await orders.record([order(), later])
    assert await orders.get(later.id) == later


async def test_fills_are_kept_once_and_in_order(
    orders: OrderRepository, fills: FillRepository
) -> None:
    given = [fill(n, -65 if n % 2 else 65, "150.05") for n in range(12)]
    await orders.record([], [*reversed(given), given[3]])
    await orders.record(fills=given[:4])
    assert await fills.between(NOW, NOW + 12 * SECOND) == given
    assert await fills.between(NOW + SECOND, NOW + 2 * SECOND) == given[1:2]


async def test_paper_and_real_orders_are_kept_apart(database: Database) -> None:
    paper, live = SqlOrders(database, "paper"), SqlOrders(database, "live")
    await paper.record([order(id="sd1")], [fill(1, 65, "150")])
    await live.record([order(id="sd2")], [fill(1, 65, "151", order_id="2")])
    assert [each.id for each in await live.unsettled()] == ["sd2"]
    assert [each.id for each in await paper.between(NOW, NOW + SECOND)] == ["sd1"]
    first, last = NOW, NOW + 5 * SECOND
    assert [f.order_id for f in await SqlFills(database, "live").between(first, last)] == ["2"]
    assert await SqlFills(database, "simulated").between(first, last) == []


async def test_the_journal_is_a_chain_over_every_way_in(
    orders: OrderRepository, journal: JournalRepository
) -> None:
    assert await journal.first_break() == ""
    await journal.append(journal_entry("a", "one"), journal_entry("b", "two"))
    await orders.record([order()], entries=[journal_entry("a", "three")])
    await journal.append()
    found = await journal.after(0)
    assert [each.number for each in found] == [1, 2, 3]
    assert [each.entry.text for each in await journal.of("a")] == ["one", "three"]
    assert found[0].entry == journal_entry("a", "one")
    assert found[2].before == found[1].seal
    assert [each.number for each in await journal.after(1, 1)] == [2]
    assert await journal.first_break() == ""


async def test_the_journal_is_searched_newest_first(journal: JournalRepository) -> None:
    given = [
        journal_entry("sd1", "Wanted 100%"),
        replace(journal_entry("sd2", "taken", why="MARGIN_low"), kind=Kind.REPLY),
        replace(journal_entry("sd1", "filled"), at=NOW + timedelta(days=1)),
    ]
    await journal.append(*given)

    async def numbers(text: str = "", **where: object) -> list[int]:
        return [each.number for each in await journal.find(text, **where)]  # type: ignore[arg-type]

    assert await journal.count() == 3
    assert await numbers() == [3, 2, 1]
    assert await numbers("SD1") == [3, 1]
    assert await numbers("margin_LOW") == [2]
    assert await numbers("100%") == [1]
    assert await numbers("1_0") == []
    assert await numbers(kind=Kind.REPLY) == [2]
    assert await numbers(first=NOW + timedelta(hours=1)) == [3]
    assert await numbers(last=NOW + timedelta(hours=1), limit=1) == [2]
    assert await numbers(before=3) == [2, 1]


async def test_entries_written_at_once_make_one_chain(journal: JournalRepository) -> None:
    await asyncio.gather(*(journal.append(journal_entry("a", str(n))) for n in range(60)))
    assert [each.number for each in await journal.after(0)] == list(range(1, 61))
    assert await journal.first_break() == ""


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE journal SET text = 'two!' WHERE number = 2", "entry 2 was changed"),
        ("UPDATE journal SET facts = '{}' WHERE number = 2", "entry 2 was changed"),
        ("UPDATE journal SET at = at + 1 WHERE number = 3", "entry 3 was changed"),
        ("UPDATE journal SET kind = 'gossip' WHERE number = 3", "entry 3 cannot be read"),
        ("UPDATE journal SET facts = 'x' WHERE number = 3", "entry 3 cannot be read"),
        ("DELETE FROM journal WHERE number = 1", "entry 1 is missing"),
        ("DELETE FROM journal WHERE number = 3", "entry 3 is missing"),
        ("UPDATE journal SET before = seal WHERE number = 2", "does not follow"),
    ],
)
async def test_whoever_changes_the_journal_is_found_out(
    database: Database, statement: str, words: str
) -> None:
    journal = SqlJournal(database)
    await journal.append(*(journal_entry("a", str(n)) for n in range(4)))
    await database.write(lambda session: session.execute(text(statement)))
    assert words in await journal.first_break()


async def test_an_order_and_its_entry_are_written_together_or_not_at_all(
    database: Database,
) -> None:
    bad = replace(journal_entry("a", "no zone"), facts={"x": object()})  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        await SqlOrders(database).record([order()], [fill(1, 65, "1")], [bad])
    assert await SqlOrders(database).get(order().id) is None
    assert await SqlJournal(database).after(0) == []


async def test_a_journal_longer_than_a_page_is_read_to_its_end(database: Database) -> None:
    journal = SqlJournal(database)
    await journal.append(*(journal_entry("a", str(n)) for n in range(4_100)))
    assert await journal.first_break() == ""
    await database.write(lambda s: s.execute(text("DELETE FROM journal WHERE number = 4050")))
    assert await journal.first_break() == "entry 4050 is missing"


async def test_an_order_of_another_version_is_passed_over_and_kept(database: Database) -> None:
    orders = SqlOrders(database)
    await orders.record([order(id="sd1"), order(id="sd2")])

    def spoil(session: Session) -> None:
        driver(session).execute("UPDATE orders SET body = '{}' WHERE id = 'sd1'")

    await database.write(spoil)
    assert [each.id for each in await orders.unsettled()] == ["sd2"]


async def test_the_paper_account_remembers_what_was_saved_last(database: Database) -> None:
    store = SqlPaperStore(database, SetClock(NOW))
    assert await store.load() is None
    await store.save("{}")
    await store.save('{"cash": "1"}')
    assert await store.load() == '{"cash": "1"}'
    assert await SqlPaperStore(database, SetClock(NOW), "other").load() is None


async def test_orders_are_synced_to_the_disk_and_candles_are_not(new_sqlite: str) -> None:
    database = Database(new_sqlite)

    def level(session: Session) -> int:
        return int(session.execute(text("PRAGMA synchronous")).scalar() or 0)

    assert await database.write_durably(level) == 2
    assert await database.write(level) == 1
    await database.close()


async def test_whatever_is_written_about_orders_is_synced(
    new_sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(new_sqlite)

    async def not_synced(work: object) -> None:
        raise AssertionError("this would not outlive a power cut")

    monkeypatch.setattr(database, "write", not_synced)
    await SqlOrders(database).record([order()], [fill(1, 65, "1")], [journal_entry("a", "b")])
    await SqlJournal(database).append(journal_entry("a", "c"))
    await SqlPaperStore(database, SetClock(NOW)).save("{}")
    await database.close()


async def test_two_accounts_may_have_one_number_and_see_their_own_only(database: Database) -> None:
    real, simulated = SqlOrders(database, "live"), SqlOrders(database, "simulated 1")
    await real.record([order(id="sd1")], [fill(1, 65, "150")])
    await simulated.record([order(id="sd2")], [fill(1, -65, "151")])
    first, last = NOW - SECOND, NOW + timedelta(days=1)
    for account, id, price in (("live", "sd1", "150"), ("simulated 1", "sd2", "151")):
        (found,) = await SqlFills(database, account).between(first, last)
        assert found.price == Decimal(price)
        (own,) = await SqlOrders(database, account).between(first, last)
        assert own.id == id
    assert await SqlFills(database, "simulated 2").between(first, last) == []
