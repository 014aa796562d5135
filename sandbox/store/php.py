"""How PHP reads query strings and writes arrays: the store's answers carry its habits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

_KEY = re.compile(r"\[([^\]]*)\]")


def parse_query(query: str) -> dict[str, Any]:
    """Read a query string as PHP does: ``a[]=1&a[b][]=2`` become nested dicts with PHP's running keys."""
    result: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        base, bracket, _ = name.partition("[")
        keys = _KEY.findall(name[len(base) :]) if bracket else []
        _put(result, base, keys, value)
    return result


def _put(target: dict[str, Any], key: str, rest: list[str], value: str) -> None:
    if key == "":
        key = str(_next_index(target))
    if not rest:
        target[key] = value
        return
    child = target.get(key)
    if not isinstance(child, dict):
        child = target[key] = {}
    _put(child, rest[0], rest[1:], value)


def _next_index(target: Mapping[str, Any]) -> int:
    return max((int(key) for key in target if key.isdigit()), default=-1) + 1


def values(param: Any) -> list[str]:
    """The members of a list parameter, sent as ``a[]=1&a[]=2`` or as ``a=1,2``."""
    if param is None or param == "":
        return []
    if isinstance(param, Mapping):
        return [str(value) for value in param.values()]
    if isinstance(param, list | tuple):
        return [str(value) for value in param]
    return [part.strip() for part in str(param).split(",") if part.strip()]


def integers(param: Any) -> set[int]:
    """The members of a list parameter as integers."""
    return {integer(value) for value in values(param)}


def empty(value: Any) -> bool:
    """PHP's ``empty()``: the text "N" is not empty, the text "0" is."""
    return value in (None, False, 0, "", "0") or (isinstance(value, dict | list) and not value)


def integer(value: Any) -> int:
    """PHP's ``(int)`` cast: leading digits count, anything else is 0."""
    if isinstance(value, bool | int | float):
        return int(value)
    match = re.match(r"\s*[-+]?\d+", str(value)) if value is not None else None
    return int(match.group()) if match else 0


def is_number(value: Any) -> bool:
    """PHP's ``is_numeric()`` for what JSON can carry."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    return isinstance(value, str) and re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", value) is not None


def items(value: Any) -> list[tuple[str, Any]]:
    """Key and value pairs of a JSON map or list; a PHP array is both."""
    if isinstance(value, Mapping):
        return [(str(key), member) for key, member in value.items()]
    if isinstance(value, list):
        return [(str(key), member) for key, member in enumerate(value)]
    return []


def mapping(value: Any) -> dict[str, Any]:
    """A JSON map or list as a dict with text keys; anything else is the empty array."""
    return dict(items(value))


def array(value: Mapping[Any, Any]) -> dict[str, Any] | list[Any]:
    """A map as ``json_encode`` writes it: empty, or with keys 0..n-1 in order, it comes out as a list."""
    if all(str(key) == str(position) for position, key in enumerate(value)):
        return list(value.values())
    return {str(key): member for key, member in value.items()}


def arrays(value: Any) -> Any:
    """`array` applied to every map within `value`."""
    if isinstance(value, Mapping):
        return array({key: arrays(member) for key, member in value.items()})
    if isinstance(value, list):
        return [arrays(member) for member in value]
    return value


def number(value: float) -> int | float:
    """A float as ``json_encode`` writes it: 37.0 becomes 37."""
    return int(value) if value == int(value) else value


def like(needle: str) -> re.Pattern[str]:
    """The pattern of MySQL's ``LIKE '%needle%'``: no case, % and _ are wildcards."""
    parts: Iterable[str] = ({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in needle)
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def arrays_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """`arrays` for the members of a map that stays a map."""
    return {key: arrays(member) for key, member in value.items()}
