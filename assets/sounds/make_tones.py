"""Makes the desk's tones beside itself, out of sine waves; needs nothing but Python."""

import math
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

RATE = 16_000
HERE = Path(__file__).parent
TONES = {
    "tick": [(1320.0, 0.07)],
    "chime": [(880.0, 0.11), (1318.5, 0.22)],
    "fall": [(660.0, 0.12), (440.0, 0.24)],
    "alarm": [(988.0, 0.09), (740.0, 0.09), (988.0, 0.09), (740.0, 0.14)],
}
"""By name: hertz and seconds, one after the other."""


def samples(notes: list[tuple[float, float]]) -> Iterator[int]:
    """Each note rises in 5 ms and fades away, so that nothing clicks."""
    for hertz, seconds in notes:
        count = int(seconds * RATE)
        for i in range(count):
            loud = min(1.0, i / (0.005 * RATE)) * (1 - i / count) ** 1.5
            angle = 2 * math.pi * hertz * i / RATE
            yield int(20_000 * loud * (math.sin(angle) + 0.25 * math.sin(2 * angle)))


def make(name: str, notes: list[tuple[float, float]]) -> None:
    with wave.open(str(HERE / f"{name}.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", each) for each in samples(notes)))


if __name__ == "__main__":
    for name, notes in TONES.items():
        make(name, notes)
