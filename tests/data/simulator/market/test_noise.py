"""Counter-based noise: the quick ways give what the plain ones do, to the last bit."""

import numpy as np
import pytest

from data.simulator.market.noise import BLOCK, mixed, rough, rough_line, word


@pytest.mark.parametrize("count", [0, 1, 60, BLOCK - 1, BLOCK, BLOCK + 1, 23_100])
def test_a_line_of_steps_is_that_of_its_counters(count: int) -> None:
    base = mixed(word("a", "day"))
    plain = rough(mixed(base, np.arange(count, dtype=np.uint64)))
    np.testing.assert_array_equal(rough_line(base, count), plain)


def test_a_rough_number_is_the_sum_of_its_words_four_quarters() -> None:
    words = mixed(word("quarters"), np.arange(500, dtype=np.uint64))
    words[:2] = 0, np.iinfo(np.uint64).max
    total = words.astype("<u8").view("<u2").reshape(-1, 4).sum(axis=1, dtype=np.int64)
    scaled = (total - 131_070.0) * (1.7320508075688772 / 65_536.0)
    np.testing.assert_array_equal(rough(words.copy()), scaled)
