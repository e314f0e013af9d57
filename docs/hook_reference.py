"""The page of hooks, from their specifications: signatures, histories, and the fields of what they answer."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel

from kztax import hooks
from kztax.core.words import Words

ANSWERS: tuple[type, ...] = (
    hooks.TreatyRateAnswer,
    hooks.AssetPriceAnswer,
    hooks.ExchangeRateAnswer,
    hooks.RateBasis,
    hooks.Command,
    hooks.LedgerAnswer,
    *hooks.LEDGER_RECORDS,
    hooks.LedgerFee,
    hooks.Severity,
    hooks.LedgerUnreadable,
    Words,
)
TYPES = {
    "Amount": 'zero or more, exact: a `Decimal`, an integer, or text such as `"0.05"`; never a float',
    "PositiveAmount": "an `Amount` above zero",
    "SignedAmount": "an exact number of either sign",
    "Share": "an `Amount` from 0 to 1",
    "Day": "a `date`, or text YYYY-MM-DD, from 1900 to 2100",
    "AwareDatetime": "a `datetime` with a zone",
    "Currency": "three capital letters, ISO 4217",
    "AssetName": "text of 1 to 40 signs that can be seen",
    "Label": "text of 1 to 200 signs that can be seen",
    "Line": "the line of the file, counted from one; the first of several",
    "TradeType": ", ".join(f"`{name}`" for name in hooks.TradeType.__args__),
}
PLAIN = {"Annotated", "Any", "Callable", "Decimal", "Field", "Literal", "None"}
OF_COMMANDS = {"ArgumentParser", "Namespace", "TaxEngine"}
LONGEST_SIGNATURE = 100


def hook_reference(specifications: type = hooks.HookSpecifications) -> Iterator[str]:
    """Every hook with its signature and history, and every model that hooks answer with its fields."""
    yield "# Hooks\n"
    yield "Generated from `kztax.hooks` by `docs/generate.py`. [plugins.md](plugins.md) tells how to use hooks and how"
    yield "they change, [plugin-tutorial.md](plugin-tutorial.md) goes from nothing to an installed plugin.\n"
    yield f"Interface {hooks.INTERFACE_VERSION}; the oldest that is offered is {hooks.OLDEST_INTERFACE}.\n"
    for name, (since, deprecated) in hooks.hooks_of(specifications).items():
        function = getattr(specifications, name)
        yield f"## `{name}`\n"
        if deprecated is not None:
            yield f"**Deprecated** since kztax {deprecated.since}: implement `{deprecated.instead}`. Interface"
            yield f"{deprecated.last_interface} is the last that has it.\n"
        yield f"```text\n{_signature(name, function)}\n```\n"
        yield f"{_said(function)}\n"
        yield f"Since interface {since}.\n"
    yield "# What hooks answer\n"
    yield "All of these are in `kztax.hooks`, but `Words`, which is in `kztax.core.words`. A field without a default"
    yield "must be given. An answer may be the model or a mapping of its fields; commands and records of a ledger are"
    yield "of their classes.\n"
    for answer in ANSWERS:
        yield f"## `{answer.__name__}`\n"
        yield f"{_said(answer)}\n"
        yield from _fields(answer)
    yield "## Types of fields\n"
    yield "| type | what it takes |\n|---|---|"
    yield from (f"| `{name}` | {what} |" for name, what in TYPES.items())


def _signature(name: str, function: object) -> str:
    found = inspect.signature(function)  # type: ignore[arg-type]
    given = [f"{each.name}: {each.annotation}" for each in found.parameters.values() if each.name != "self"]
    line = f"{name}({', '.join(given)}) -> {found.return_annotation}"
    if len(line) <= LONGEST_SIGNATURE:
        return line
    return f"{name}(\n" + "".join(f"    {each},\n" for each in given) + f") -> {found.return_annotation}"


def _said(documented: object) -> str:
    text, _, _ = (inspect.getdoc(documented) or "").partition(">>>")
    return text.strip()


def _fields(answer: type) -> Iterator[str]:
    if issubclass(answer, StrEnum):
        yield f"Values: {', '.join(f'`{each.value}`' for each in answer)}.\n"
        return
    rows = list(_rows(answer))
    unknown = {word for _, kind, _ in rows for word in re.findall(r"\b[A-Z]\w+", re.sub(r'"[^"]*"', "", kind))}
    unknown -= {*TYPES, *PLAIN, *OF_COMMANDS, *(each.__name__ for each in ANSWERS)}
    assert not unknown, f"{answer.__name__} has fields of types that TYPES does not tell: {unknown}"
    yield "| field | type | default |\n|---|---|---|"
    yield from (f"| `{name}` | `{kind.replace('|', chr(92) + '|')}` | {default} |" for name, kind, default in rows)
    yield ""


def _rows(answer: type) -> Iterator[tuple[str, str, str]]:
    """Name, type as it is written, and default of each field."""
    kinds = {
        name: kind for base in reversed(answer.__mro__) for name, kind in vars(base).get("__annotations__", {}).items()
    }
    if issubclass(answer, BaseModel):
        defaults = {name: field.default for name, field in answer.model_fields.items() if not field.is_required()}
    elif dataclasses.is_dataclass(answer):
        named = dataclasses.fields(answer)
        kinds = {field.name: kinds[field.name] for field in named}
        defaults = {field.name: _default(field.default) for field in named}
        defaults = {name: default for name, default in defaults.items() if default is not dataclasses.MISSING}
    elif issubclass(answer, Exception):
        parameters = list(inspect.signature(answer).parameters.values())
        kinds = {each.name: each.annotation for each in parameters}
        defaults = {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}
    else:
        kinds = {name: getattr(kind, "__forward_arg__", kind) for name, kind in kinds.items()}
        defaults = getattr(answer, "_field_defaults", {})
    for name, kind in kinds.items():
        if name.startswith("_") or name == "model_config" or "ClassVar" in kind:
            continue
        # What only says how the field is checked is no news to whoever fills it in.
        kind = re.sub(r"^Annotated\[(\w+), (?:Listed|AfterValidator\(\w+\))\]$", r"\1", kind)
        yield name, kind, f"`{_plain(defaults[name])}`" if name in defaults else ""


def _default(given: object) -> object:
    """The default that stands behind pydantic's own description of a field."""
    return getattr(given, "default", given)


def _plain(default: object) -> object:
    return str(default) if isinstance(default, (Decimal, StrEnum)) else repr(default)
