"""Fifteen bars with published indicator values (Tulip Indicators, tests/untest.txt)."""

import numpy as np
from numpy.typing import NDArray


def numbers(text: str) -> NDArray[np.float64]:
    return np.array([float(word) for word in text.split()])


HIGH = numbers(
    """
    82.15 81.89 83.03 83.30 83.85 83.90 83.33 84.30 84.84 85.00
    85.90 86.58 86.98 88.00 87.87
    """
)
LOW = numbers(
    """
    81.29 80.64 81.31 82.65 83.07 83.11 82.49 82.30 84.15 84.11
    84.03 85.39 85.76 87.17 87.01
    """
)
CLOSE = numbers(
    """
    81.59 81.06 82.87 83.00 83.61 83.15 82.84 83.99 84.55 84.36
    85.53 86.54 86.89 87.77 87.29
    """
)
OPEN = numbers(
    """
    81.85 81.20 81.55 82.91 83.10 83.41 82.71 82.70 84.20 84.25
    84.03 85.45 86.18 88.00 87.60
    """
)
VOLUME = numbers(
    """
    5653100 6447400 7690900 3831400 4455100 3798000 3936200 4732000 4841300 3915300
    6830800 6694100 5293600 7985800 4807900
    """
).astype(np.int64)
