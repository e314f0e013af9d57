"""A long list whose items are made when they are looked at.

A ledger has a million trades and a caller looks at a few: they are kept as compactly as they were read or worked out,
and each becomes a model where it is read. As data and in the schema it is a list like others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, get_args, overload

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

M = TypeVar("M")


class Rows(Sequence[M], Generic[M]):
    """An immutable list of models, each made by `make` from what is `kept` in its place.

    >>> rows = Rows([1, 2, 3], lambda kept: kept * 10)
    >>> rows[0], rows[-2:], len(rows)
    (10, (20, 30), 3)
    """

    __slots__ = ("kept", "make")

    def __init__(self, kept: Sequence[Any], make: Callable[[Any], M]) -> None:
        self.kept = kept
        self.make = make

    def __len__(self) -> int:
        return len(self.kept)

    @overload
    def __getitem__(self, index: int) -> M: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[M, ...]: ...
    def __getitem__(self, index: int | slice) -> M | tuple[M, ...]:
        if isinstance(index, slice):
            return tuple([self.make(kept) for kept in self.kept[index]])
        return self.make(self.kept[index])

    def __iter__(self) -> Iterator[M]:
        return map(self.make, self.kept)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Rows, tuple)):
            return NotImplemented
        return len(self) == len(other) and all(ours == theirs for ours, theirs in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{len(self)} rows>"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        listed: Any = tuple.__class_getitem__((*get_args(source), ...))

        def taken(given: Any, validate: Callable[[Any], Any]) -> Rows[Any]:
            return given if isinstance(given, Rows) else Rows(validate(given), itself)

        return core_schema.no_info_wrap_validator_function(
            taken,
            handler.generate_schema(listed),
            serialization=core_schema.wrap_serializer_function_ser_schema(
                _written, schema=handler.generate_schema(listed)
            ),
        )


class KeptAsRows:
    """Marks a list of facts, of any kind of sequence to its caller, that is kept as rows."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(Rows.__class_getitem__(self._model))  # type: ignore[attr-defined]


def itself(kept: Any) -> Any:
    """For rows that are kept as the models that they are."""
    return kept


def _written(rows: Rows[Any], write: Callable[[Any], Any]) -> Any:
    return write(tuple(rows))
