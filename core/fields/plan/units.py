"""Numbers with units: read from what the store says, and converted into the units that Amazon takes."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

WEIGHT_UNIT, LENGTH_UNIT = "kilograms", "centimeters"
"""Of the store's numbers where nobody says another: a new store has kilograms, and its API tells no unit."""

_D = Decimal
_UNITS: dict[str, tuple[str, Decimal, tuple[str, ...]]] = {
    # Amazon's name: what it measures, how many of the first unit of that, and how people write it.
    "grams": ("weight", _D(1), ("g", "gr", "gram", "gramm", "gramme", "grammes")),
    "milligrams": ("weight", _D("0.001"), ("mg", "milligram")),
    "kilograms": ("weight", _D(1000), ("kg", "kgs", "kilo", "kilogram", "kilogramm")),
    "tons": ("weight", _D(1_000_000), ("t", "tonne", "tonnes", "ton")),
    "ounces": ("weight", _D("28.349523125"), ("oz", "ounce", "unzen")),
    "hundredths_pounds": ("weight", _D("4.5359237"), ("hundredths pounds",)),
    "pounds": ("weight", _D("453.59237"), ("lb", "lbs", "pound", "pfund")),
    "millimeters": ("length", _D(1), ("mm", "millimeter", "millimetre", "millimetres")),
    "centimeters": ("length", _D(10), ("cm", "centimeter", "centimetre", "centimetres", "zentimeter")),
    "decimeters": ("length", _D(100), ("dm", "decimeter", "decimetre", "decimetres", "dezimeter")),
    "meters": ("length", _D(1000), ("m", "meter", "metre", "metres")),
    "kilometers": ("length", _D(1_000_000), ("km", "kilometer", "kilometre", "kilometres")),
    "inches": ("length", _D("25.4"), ("in", "inch", "zoll", '"', "″")),
    "hundredths_inches": ("length", _D("0.254"), ("hundredths inches",)),
    "mils": ("length", _D("0.0254"), ("mil",)),
    "feet": ("length", _D("304.8"), ("ft", "foot", "fuß", "'")),
    "yards": ("length", _D("914.4"), ("yd", "yard")),
    "miles": ("length", _D("1609344"), ("mile", "mi")),
    "micrometer": ("length", _D("0.001"), ("µm", "micrometers", "micron", "microns")),
    "milliliters": ("volume", _D(1), ("ml", "milliliter", "millilitre", "millilitres")),
    "centiliters": ("volume", _D(10), ("cl", "centiliter", "centilitre")),
    "deciliters": ("volume", _D(100), ("dl", "deciliter", "decilitre")),
    "liters": ("volume", _D(1000), ("l", "liter", "litre", "litres")),
    "fluid_ounces": ("volume", _D("29.5735295625"), ("fl oz", "fl. oz", "fluid ounce")),
    "gallons": ("volume", _D("3785.411784"), ("gal", "gallon")),
    "volts": ("voltage", _D(1), ("v", "volt")),
    "millivolts": ("voltage", _D("0.001"), ("mv", "millivolt")),
    "kilovolts": ("voltage", _D(1000), ("kv", "kilovolt")),
    "watts": ("power", _D(1), ("w", "watt")),
    "milliwatts": ("power", _D("0.001"), ("mw", "milliwatt")),
    "kilowatts": ("power", _D(1000), ("kw", "kilowatt")),
    "hertz": ("frequency", _D(1), ("hz",)),
    "kilohertz": ("frequency", _D(1000), ("khz",)),
    "megahertz": ("frequency", _D(1_000_000), ("mhz",)),
    "gigahertz": ("frequency", _D(1_000_000_000), ("ghz",)),
    "seconds": ("time", _D(1), ("s", "sec", "second", "sekunden")),
    "minutes": ("time", _D(60), ("min", "minute", "minuten")),
    "hours": ("time", _D(3600), ("h", "hour", "stunden")),
    "days": ("time", _D(86400), ("d", "day", "tage")),
}
_PLACES = _D("0.0001")
_SIGNIFICANT = 6
"""A converted number has so many places, or so many digits where these are more: all else would only pretend."""
_NUMBER = re.compile(r"^\s*([+-]?[\d\s.,'’]*\d)\s*(.*?)\s*$", re.DOTALL)


@dataclass(frozen=True)
class Measure:
    """A number, and its unit as it was told; empty where none was."""

    number: Decimal
    unit: str = ""


def _folded(unit: str) -> str:
    return " ".join(unit.replace("_", " ").casefold().strip(" .").split())


_KNOWN = {_folded(word): name for name, (_, _, words) in _UNITS.items() for word in (name, *words)}


def known(unit: str) -> str:
    """A unit as Amazon calls it, or empty for one that is not known here."""
    return _KNOWN.get(_folded(unit), "")


def read(text: str) -> Measure | None:
    """The number with its unit that a text begins with: `2,5 kg`, `1.234,5`, `12 V`. None where there is no number."""
    found = _NUMBER.match(text)
    number = number_of(found.group(1)) if found else None
    return Measure(number, found.group(2)) if found and number is not None else None


def number_of(text: str) -> Decimal | None:
    """A number with a point or a comma, grouped or not; None where it is none.

    A single mark divides decimals: stores hold "1.500" for one and a half kilograms.
    """
    digits = re.sub(r"[\s'’]", "", text)
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        grouping = "," if point > comma else "."
        digits = digits.replace(grouping, "")
    elif digits.count(",") > 1 or digits.count(".") > 1:
        digits = digits.replace(",", "").replace(".", "")
    try:
        number = _D(digits.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _D(10) ** 15 else None


def converted(number: Decimal, unit: str, into: str) -> Decimal | None:
    """A number in another unit of the same quantity; None where they measure different things."""
    start, end = _UNITS.get(known(unit)), _UNITS.get(known(into))
    if start is None or end is None or start[0] != end[0]:
        return None
    return number if start == end else rounded(number * start[1] / end[1])


def nearest(unit: str, accepted: Collection[str]) -> str:
    """Of the units that Amazon takes the one to say a quantity in: itself, or the next in size; empty for none."""
    same = next((one for one in accepted if known(one) and known(one) == known(unit)), "")
    start = _UNITS.get(known(unit))
    if same or start is None:
        return same
    alike = [one for one in accepted if (other := _UNITS.get(known(one))) and other[0] == start[0]]
    return min(alike, key=lambda one: _distance(start[1], _UNITS[known(one)][1]), default="")


def rounded(number: Decimal) -> Decimal:
    """A number with as many digits as measuring gives."""
    if not number:
        return _D(0)
    by_size = _D(1).scaleb(number.adjusted() - _SIGNIFICANT + 1)
    return number.quantize(min(max(by_size, _D("1e-12")), _PLACES), rounding=ROUND_HALF_UP).normalize()


def _distance(one: Decimal, other: Decimal) -> Decimal:
    return max(one, other) / min(one, other)
