from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest

from core.analytics.chain_day import PER_MINUTE, PER_STRIKE, ChainDay
from core.errors import BadData
from data.options.day_file import check, decode, encode, read_label, rows_known
from tests.core.analytics.chain_minutes import snapshot

NOW = datetime(2026, 11, 19, tzinfo=UTC)


def day(minutes: int = 5) -> ChainDay:
    return ChainDay.of([snapshot(minute) for minute in range(minutes)])


def written(chain: ChainDay, source: str = "file") -> bytes:
    return encode(chain, source, NOW)


def back(chain: ChainDay) -> ChainDay:
    return decode(BytesIO(written(chain)), "a file")


def same(one: ChainDay, other: ChainDay) -> bool:
    names = ("minutes", "strikes", *PER_MINUTE, *PER_STRIKE)
    return (one.symbol, one.expiry, one.day) == (other.symbol, other.expiry, other.day) and all(
        np.allclose(getattr(one, name), getattr(other, name), rtol=1e-6, atol=0, equal_nan=True)
        for name in names
    )


def test_a_day_comes_back_as_it_was():
    assert same(back(day()), day())


def test_a_price_comes_back_to_the_last_digit():
    chain = day()
    prices = np.full_like(chain.ltp, 152.95)
    prices[2, 1, 0], prices[3] = 81_234.05, 0.05
    found = back(replace(chain, ltp=prices))
    assert np.array_equal(found.ltp, prices)


def test_a_price_finer_than_a_paisa_comes_back_too():
    chain = day()
    prices = np.full_like(chain.ltp, 84.0025)
    assert np.array_equal(back(replace(chain, bid=prices)).bid, prices)


def test_sizes_beyond_what_32_bits_hold_come_back_to_the_unit():
    chain = day()
    sizes = np.full_like(chain.oi, 3_000_000_065.0)
    assert np.array_equal(back(replace(chain, volume=sizes)).volume, sizes)


def test_the_unknown_stays_unknown_everywhere():
    chain = day()
    holes = {name: getattr(chain, name).copy() for name in (*PER_MINUTE, *PER_STRIKE)}
    for values in holes.values():
        values[1] = np.nan
    found = back(replace(chain, **holes))
    assert all(np.isnan(getattr(found, name)[1]).all() for name in holes)
    assert all(np.isfinite(getattr(found, name)[[0, 2, 3, 4]]).all() for name in holes)


def test_what_a_source_never_knew_takes_no_room_and_comes_back_unknown():
    chain = day()
    trades = replace(chain, **{n: np.full_like(chain.ltp, np.nan) for n in ("bid", "ask", "iv")})
    label = read_label(BytesIO(written(trades)), "a file")
    assert label.known == ("ltp", "volume", "oi")
    assert np.isnan(back(trades).iv).all()
    assert back(trades).iv.shape == chain.iv.shape


def test_only_what_is_asked_for_is_read():
    found = decode(BytesIO(written(day())), "a file", ["ltp"])
    assert np.array_equal(found.ltp, day().ltp)
    assert np.isnan(found.oi).all()
    assert np.array_equal(found.spot, day().spot)


def test_the_foot_says_what_the_file_is():
    label = read_label(BytesIO(written(day(), "nse")), "a file")
    assert (label.symbol, label.source, label.saved_at) == ("NIFTY", "nse", NOW)
    assert (label.minutes, label.rows) == (5, 5 * 2 * 3)


def test_a_contract_without_any_number_is_not_counted():
    chain = day()
    holes = {name: getattr(chain, name).copy() for name in PER_STRIKE}
    for values in holes.values():
        values[:, 0, 0] = np.nan
    assert rows_known(replace(chain, **holes)) == 5 * (2 * 3 - 1)


def test_others_read_the_file_as_a_plain_table():
    import pyarrow.parquet as pq

    table = pq.read_table(BytesIO(written(day()))).to_pylist()
    assert len(table) == 5 * 2 * 3
    first = table[0]
    assert first["minute"].astimezone(UTC) == datetime(2026, 11, 18, 3, 45, tzinfo=UTC)
    assert (first["strike"], first["put"], first["spot"]) == (24_000.0, False, 24_000.0)
    assert (first["ltp"], table[-1]["put"]) == (10_000, True)  # in paise


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused_with_its_name(at: float):
    whole = written(day(60))
    with pytest.raises(BadData, match="NIFTY-file"):
        decode(BytesIO(whole[: int(len(whole) * at)]), "NIFTY-file")


def test_no_flipped_bit_goes_unnoticed():
    whole, truth = written(day(30)), day(30)
    for at in range(4, len(whole), 97):
        bad = bytearray(whole)
        bad[at] ^= 0x10
        try:
            found = decode(BytesIO(bytes(bad)), "a file")
        except BadData:
            continue
        assert same(found, truth)  # it hit what we do not need


def test_a_file_of_somebody_else_is_refused():
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = BytesIO()
    pq.write_table(pa.table({"strike": [24_000.0]}), out)
    with pytest.raises(BadData, match=r"a file is damaged or no option day"):
        decode(BytesIO(out.getvalue()), "a file")
    with pytest.raises(BadData):
        read_label(BytesIO(b"no parquet"), "a file")


@pytest.mark.parametrize(
    "change",
    [
        {"minutes": np.array([3, 2, 1, 4, 5])},
        {"strikes": np.array([24_000.0, 24_000.0, 24_100.0])},
        {"spot": np.zeros(4)},
        {"ltp": np.zeros((5, 2, 4))},
        {"strikes": np.array([24_000.0, np.nan, 24_100.0])},
    ],
)
def test_a_day_that_cannot_be_is_not_written(change: dict[str, np.ndarray]):
    with pytest.raises(BadData, match="NIFTY"):
        check(replace(day(), **change))


@pytest.mark.parametrize("price", [-0.05, 1e8])
def test_a_price_that_cannot_be_is_not_written(price: float):
    chain = day()
    with pytest.raises(BadData, match="beyond all measure"):
        written(replace(chain, ltp=np.full_like(chain.ltp, price)))
