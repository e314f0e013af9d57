"""Facts from bytes: one object, a list, or JSON Lines. What does not fit is named before any rule sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kztax.core.errors import UnreadableInput

DEEPEST = 50
LONGEST_INTEGER = 40


def facts_in(content: bytes) -> tuple[list[Any], bool]:
    """The facts in a JSON text, and whether it held a list (a list or JSON Lines) rather than one object.

    Raises `UnreadableInput` for text that is empty, not UTF-8, not JSON, too deep, or states a field twice.
    """
    text = _decoded(content)
    try:
        found = _parsed(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if error.msg != "Extra data" or len(lines) < 2:
            raise UnreadableInput("not_json", problem=str(error)) from error
        return list(_lines(lines)), True
    _check_depth(found)
    if isinstance(found, list):
        return found, True
    if isinstance(found, dict):
        return [found], False
    raise UnreadableInput("not_facts")


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableInput("not_utf8", position=error.start) from error
    if not text.strip():
        raise UnreadableInput("empty_input")
    return text


def _lines(lines: list[str]) -> Iterator[Any]:
    for number, line in enumerate(lines, start=1):
        try:
            found = _parsed(line)
        except json.JSONDecodeError as error:
            raise UnreadableInput("not_json", problem=f"line {number}: {error}") from error
        _check_depth(found)
        yield found


def _parsed(text: str) -> Any:
    try:
        return json.loads(
            text, parse_int=_integer, parse_constant=_no_constant, object_pairs_hook=_object_without_repeats
        )
    except RecursionError as error:
        raise UnreadableInput("too_deep") from error


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_INTEGER:
        raise UnreadableInput("too_large", digits=LONGEST_INTEGER)
    return int(digits)


def _no_constant(name: str) -> Any:
    raise UnreadableInput("not_json", problem=f"{name} is not JSON")


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for position, name in enumerate(names) if name in names[:position])
        raise UnreadableInput("duplicate_field", path=(repeated,), field=repeated)
    return found


def _check_depth(found: Any) -> None:
    level, depth = [found], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise UnreadableInput("too_deep")
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        ]
