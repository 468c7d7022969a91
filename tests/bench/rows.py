"""One line of the table of figures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`ratio` is how many times ours is better than the peer (None where there is no peer).

    `limit` is what no program on this machine could beat, where that is known.
    """

    figure: str
    what: str
    ours: float
    peer: float | None
    unit: str
    ratio: float | None
    target: str
    ok: bool
    limit: float | None = None
