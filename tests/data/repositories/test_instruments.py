"""The contract of instruments, on every implementation."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, InstrumentFilter, Kind
from core.instruments.search import Entry, SearchIndex, browsing_order
from core.ports.repositories import InstrumentRepository
from data.db.database import Database
from data.repositories.instruments import SqlInstruments
from tests.data.repositories.samples import (
    AUGUST,
    NIFTY,
    RELIANCE,
    SEPTEMBER,
    instrument,
    listing,
)
from tests.fakes import MemoryInstruments

WHEN = datetime(2026, 8, 18, 3, 30, tzinfo=UTC)


async def filled(repository: InstrumentRepository) -> InstrumentRepository:
    await repository.replace(listing(), WHEN)
    return repository


async def test_what_was_stored_comes_back_as_it_was(instruments: InstrumentRepository) -> None:
    await filled(instruments)
    for each in listing():
        assert await instruments.get(each.key) == each
    assert await instruments.count() == len(listing())
    assert await instruments.as_of() == WHEN


async def test_an_empty_repository_knows_nothing(instruments: InstrumentRepository) -> None:
    assert await instruments.as_of() is None
    assert await instruments.count() == 0
    assert await instruments.search("nifty") == []
    assert await instruments.underlyings() == []
    assert await instruments.underlying("NIFTY") is None


async def test_replacing_forgets_what_is_no_longer_listed(
    instruments: InstrumentRepository,
) -> None:
    await filled(instruments)
    assert await instruments.search("reliance")
    kept = [each for each in listing() if each.key == NIFTY]
    later = WHEN.replace(day=19)
    await instruments.replace(kept, later)
    assert await instruments.count() == 1
    assert await instruments.as_of() == later
    assert await instruments.search("reliance") == []
    assert await instruments.search("nifty") == kept


async def test_many_keys_come_in_the_order_asked_and_unknown_ones_are_left_out(
    instruments: InstrumentRepository,
) -> None:
    await filled(instruments)
    wanted = [RELIANCE, InstrumentKey("NSE_EQ|nobody"), NIFTY]
    assert list(await instruments.get_many(wanted)) == [RELIANCE, NIFTY]


async def test_the_index_comes_first_then_what_is_written_on_it(
    instruments: InstrumentRepository,
) -> None:
    found = await (await filled(instruments)).search("Nifty")
    assert found[0].key == NIFTY
    kinds = [each.kind for each in found if each.underlying_symbol == "NIFTY"]
    assert kinds[:2] == [Kind.FUTURE, Kind.FUTURE]
    assert found[2].symbol == "NIFTY FUT 25 AUG 26"


async def test_a_strike_finds_the_option_of_the_nearest_expiry(
    instruments: InstrumentRepository,
) -> None:
    await filled(instruments)
    for text in ("nifty 24200 ce", "24200 CE  nifty", "ce 24200 nift"):
        found = await instruments.search(text)
        assert found[0].symbol == "NIFTY 24200 CE 25 AUG 26", text
    assert {each.underlying_symbol for each in await instruments.search("nifty 24200 ce")} == {
        "NIFTY",
        "FINNIFTY",
    }


async def test_each_word_must_occur_in_symbol_name_key_or_isin(
    instruments: InstrumentRepository,
) -> None:
    await filled(instruments)
    assert await instruments.search("nifty reliance") == []
    assert [each.key for each in await instruments.search("industries reli")] == [RELIANCE]
    assert {each.exchange for each in await instruments.search("INE002A01018")} == {"NSE", "BSE"}
    assert (await instruments.search("nse_eq|ine002"))[0].key == RELIANCE
    assert (await instruments.search("m&m"))[0].symbol == "M&M"


@pytest.mark.parametrize(
    "text",
    ["%", "_", "'", '"', "\\", "<b>", "100%'_", "'; DROP TABLE instruments; --", "%%", "a\0b"],
)
async def test_signs_of_sql_and_markup_are_letters_like_others(
    instruments: InstrumentRepository, text: str
) -> None:
    await filled(instruments)
    found = await instruments.search(text)
    reference = await (await filled(MemoryInstruments())).search(text)
    assert found == reference
    assert all("100%" in each.symbol or text in each.name for each in found if text != "_")
    assert await instruments.count() == len(listing())


@pytest.mark.parametrize("text", ["\0", "x\ud800", "' OR 1=1 --", "<script>alert(1)</script>"])
async def test_a_strange_symbol_is_unknown_and_breaks_nothing(
    instruments: InstrumentRepository, text: str
) -> None:
    await filled(instruments)
    assert await instruments.search(text) == []
    assert await instruments.get(InstrumentKey(text)) is None
    assert await instruments.underlying(text) is None
    assert await instruments.expiries(text) == []
    assert await instruments.options(text, AUGUST) == []
    assert await instruments.futures(text) == []


async def test_an_empty_question_browses_and_filters_narrow_it(
    instruments: InstrumentRepository,
) -> None:
    await filled(instruments)
    assert [each.kind for each in await instruments.search("", limit=2)] == [Kind.INDEX] * 2
    assert await instruments.search("", limit=0) == []
    where = InstrumentFilter(kinds=(Kind.CALL,), underlying_symbol="NIFTY", expiry=SEPTEMBER)
    found = await instruments.search("", where=where)
    assert [each.strike for each in found] == [24200.0, 24300.0]
    shares = await instruments.search("", where=InstrumentFilter(segments=("BSE_EQ", "X")))
    assert [each.symbol for each in shares] == ["RELIANCE"]


async def test_chains_are_found_by_symbol_and_expiry(instruments: InstrumentRepository) -> None:
    await filled(instruments)
    assert await instruments.underlyings() == ["NIFTY", "FINNIFTY", "RELIANCE"]
    asset = await instruments.underlying("RELIANCE")
    assert asset is not None
    assert asset.key == RELIANCE
    assert await instruments.underlying("FINNIFTY") is None
    assert await instruments.expiries("NIFTY") == [AUGUST, SEPTEMBER]
    chain = await instruments.options("NIFTY", AUGUST)
    assert [(each.strike, each.kind) for each in chain] == [
        (24200.0, Kind.CALL),
        (24200.0, Kind.PUT),
        (24300.0, Kind.CALL),
        (24300.0, Kind.PUT),
    ]
    assert [each.expiry for each in await instruments.futures("NIFTY")] == [AUGUST, SEPTEMBER]


async def test_a_symbol_listed_on_two_exchanges_shows_one_of_them(
    instruments: InstrumentRepository,
) -> None:
    nse = [each for each in listing() if each.underlying_symbol == "NIFTY"]
    other = [
        replace(each, key=InstrumentKey(f"BCD_FO|{i}"), segment="BCD_FO", exchange="BSE")
        for i, each in enumerate(nse)
    ]
    await instruments.replace([*other, *nse], WHEN)
    assert {each.segment for each in await instruments.options("NIFTY", AUGUST)} == {"NSE_FO"}
    assert len(await instruments.futures("NIFTY")) == 2


async def test_one_desk_sees_what_another_stored(database: Database) -> None:
    one, other = SqlInstruments(database), SqlInstruments(database)
    await one.replace(listing(), WHEN)
    assert await one.search("nifty")
    await other.replace([each for each in listing() if each.key == RELIANCE], WHEN)
    assert await one.search("nifty") == []
    assert len(await one.search("reliance")) == 1


def entry(each: Instrument) -> Entry:
    day = each.expiry
    return Entry(
        symbol=each.symbol,
        name=each.name,
        key=each.key,
        isin=each.isin,
        segment=each.segment,
        kind=each.kind.value,
        underlying=each.underlying_symbol,
        expiry=0 if day is None else day.year * 10_000 + day.month * 100 + day.day,
    )


LETTERS = st.sampled_from("abAB1 |&-%é")
TEXTS = st.text(LETTERS, max_size=8)


@given(names=st.lists(st.tuples(TEXTS, TEXTS), max_size=12), text=TEXTS)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_index_finds_just_what_reading_every_row_finds(
    names: list[tuple[str, str]], text: str
) -> None:
    rows = [
        instrument(f"NSE_EQ|{i}", symbol, Kind.EQUITY, name=name, isin=f"{name}{i}")
        for i, (symbol, name) in enumerate(names)
    ]
    ordered = sorted(rows, key=browsing_order)
    places = SearchIndex(map(entry, ordered)).find(text, None, 50)
    assert [ordered[place] for place in places] == await MemoryInstruments(rows).search(text)
