"""Shapes of JSON: keys, types, nesting, without the values."""

from typing import Any

Shape = Any
"""A type's name, `[shape]`, a dict of shapes, or a set of names where examples differ."""


def shape_of(value: Any) -> Shape:
    if isinstance(value, dict):
        if value and all(_names_an_instrument(key) for key in value):
            return {"*": merged([shape_of(item) for item in value.values()])}
        return {key: shape_of(item) for key, item in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, list) for item in value):  # candles: rows of fixed places
            return [{str(i): shape_of(item) for i, item in enumerate(value[0])}]
        return [merged([shape_of(item) for item in value])] if value else []
    return type(value).__name__


def _names_an_instrument(key: str) -> bool:
    return ":" in key or "|" in key or key in SEGMENTS


SEGMENTS = {
    "NSE_EQ", "NSE_FO", "NSE_INDEX", "BSE_EQ", "BSE_FO", "BSE_INDEX", "NCD_FO", "BCD_FO", "MCX_FO",
    "MCX_INDEX", "NSE_COM",
}  # fmt: skip


def merged(shapes: list[Shape]) -> Shape:
    """One shape that holds all: keys of dicts together; a None gives way to anything else."""
    found = shapes[0]
    for shape in shapes[1:]:
        if isinstance(found, dict) and isinstance(shape, dict):
            both = found.keys() | shape.keys()
            found = {
                key: merged([s[key] for s in (found, shape) if key in s]) for key in sorted(both)
            }
        elif isinstance(found, list) and isinstance(shape, list):
            found = [merged(found + shape)] if found or shape else []
        elif found in ("NoneType", []):
            found = shape
    return found


def differences(sample: Shape, ours: Shape, at: str = "") -> list[str]:
    """What is in one and not in the other, or of another type; None and [] fit anything."""
    if sample in ("NoneType", []) or ours in ("NoneType", []):
        return []
    if isinstance(sample, dict) and isinstance(ours, dict):
        found = [f"{at}.{key}: missing" for key in sample.keys() - ours.keys()]
        found += [f"{at}.{key}: not in the sample" for key in ours.keys() - sample.keys()]
        for key in sample.keys() & ours.keys():
            found += differences(sample[key], ours[key], f"{at}.{key}")
        return sorted(found)
    if isinstance(sample, list) and isinstance(ours, list):
        return differences(sample[0], ours[0], f"{at}[]")
    return [] if sample == ours else [f"{at}: {ours} where the sample has {sample}"]
