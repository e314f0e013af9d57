"""Turns what pydantic found wrong with facts into the typed error that callers branch on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kztax.core.errors import InvalidFacts

if TYPE_CHECKING:
    from pydantic import ValidationError

# pydantic's own names of faults, and the words we have for them; ours (PydanticCustomError) are words already.
_REASONS = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "unexpected_keyword_argument": "field_unknown",
    "enum": "not_a_choice",
    "literal_error": "not_a_choice",
    "bool_type": "not_yes_or_no",
    "int_type": "not_an_integer",
    "int_from_float": "not_an_integer",
    "string_type": "not_text",
    "string_pattern_mismatch": "text_shape",
    "string_too_short": "text_shape",
    "string_too_long": "text_shape",
    "tuple_type": "not_a_list",
    "list_type": "not_a_list",
    "model_type": "not_an_object",
    "dataclass_type": "not_an_object",
    "dict_type": "not_an_object",
    "model_attributes_type": "not_an_object",
    "too_short": "list_too_short",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
}


def invalid_facts(error: ValidationError) -> InvalidFacts:
    """The first fault as the error, the further ones in `others`, each with the path of its field."""
    found = error.errors(include_url=False)
    faults = [_fault(details) for details in found if not _follows(details, found)]
    first = faults[0]
    first.others = tuple(faults[1:])
    return first


def _follows(details: Any, found: list[Any]) -> bool:
    """A list counts as too short because its items did not fit: their faults say it all."""
    if details["type"] != "too_short":
        return False
    path = details["loc"]
    return any(other["loc"][: len(path)] == path and len(other["loc"]) > len(path) for other in found)


def _fault(details: Any) -> InvalidFacts:
    kind: str = details["type"]
    context = dict(details.get("ctx", {}))
    field = [int(part) if part.isdigit() else part for part in context.pop("field", "").split(".") if part]
    path = (*(part for part in details["loc"] if not _is_branch(part)), *field)
    given = _short(_within(details.get("input"), field))
    if kind in _REASONS:
        expected = context.get("expected", context.get("pattern", context.get("ge", context.get("le", ""))))
        return InvalidFacts(_REASONS[kind], path=path, given=given, expected=str(expected))
    if context.pop("ours", False):
        return InvalidFacts(kind, path=path, given=given, **context)
    return InvalidFacts("does_not_fit", path=path, given=given, problem=details["msg"])


def _is_branch(part: str | int) -> bool:
    """pydantic names the branch of a union that it tried, "of:…" among our own; that is no field of the caller's."""
    return isinstance(part, str) and (part == "bool" or part.startswith(("literal[", "function-", "of:")))


def _within(given: Any, field: list[str | int]) -> Any:
    """What was stated at a field inside what the fault speaks of."""
    for part in field:
        listed = isinstance(given, (list, tuple)) and isinstance(part, int) and part < len(given)
        if listed or (isinstance(given, dict) and part in given):
            given = given[part]
        else:
            return getattr(given, str(part), "")
    return given


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, (str, dict, list)) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
