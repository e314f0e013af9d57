"""The working as text: what was stated, the law in force, each step once, readings, notes, result.

It is written from the assessment's own records, so that it cannot say another number than the assessment, and
an assessment that was stored can be explained years later in any language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from textwrap import TextWrapper
from typing import TYPE_CHECKING, Any

from kztax.core.citation import Citation
from kztax.core.reasons import Reasoned
from kztax.core.units import NOT_NUMERIC, YES_NO
from kztax.explain import formats
from kztax.explain.citation import act_title, article_text, citation_text, places_text
from kztax.explain.periods import period_text
from kztax.explain.phrases import Phrases, phrases

if TYPE_CHECKING:
    from kztax.core.assessment import Assessment, FigureRecord, Outcome

WIDTH = 112
STATED = ("fact", "plugin", "days_counted")
LEAVES = ("fact", "law", "plugin", "constant")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CURRENCY_AND_AMOUNT = re.compile(r"(?<=\b[A-Z]{3}) (?=\d)")
# Bare numbers whose step's name has one of these are shares of something, and written as percent.
_SHARES = ("rate", "treaty_limit", "share", "relief", ".cap.")
# Steps that are told apart by a country's code; a label of two capitals stands elsewhere as it was given.
_OF_A_COUNTRY = re.compile(r"treaty|foreign_tax|foreign_income|of_country|low_tax")
_COUNTRY = re.compile(r"[A-Z]{2}")
# Steps that are told apart by a subject and a period, and one of its fields or a choice.
_OF_A_KIND = re.compile(r"kind\.([a-z_]+) (\S+)(?: (\S+))?")
_SIGNS = {"sum": " + ", "difference": " − ", "product": " × ", "quotient": " ÷ ", "all": " · ", "any": " / "}
_COMPARISONS = {"<=": "≤", ">=": "≥", "<": "<", ">": ">"}


def explanation(assessment: Assessment[Any], locale: str) -> str:
    """The whole working in one language; the last line is the answer."""
    return "\n".join(Explanation(assessment, phrases(locale)).lines())


def title(assessment: Assessment[Any], locale: str) -> str:
    """What was assessed and for which period: the explanation's first line."""
    return next(Explanation(assessment, phrases(locale)).lines())


class Explanation:
    """One assessment on its way to text."""

    def __init__(self, assessment: Assessment[Any], words: Phrases, width: int = WIDTH) -> None:
        self.assessment = assessment
        self.width = width
        self.words = words
        self.locale = words.locale
        self.records = {record.id: record for record in assessment.figures}
        self.empty = self._empty_sums()
        self.named_twice = self._named_twice()
        self.references: dict[str, str] = {}

    def lines(self) -> Iterator[str]:
        """Line by line, sections apart by empty lines."""
        yield self.title()
        for heading, lines in self.sections():
            yield ""
            yield self.words.text(f"heading.{heading}")
            yield from lines

    def title(self) -> str:
        """What was assessed, and of which period."""
        kind = self.words.text(f"kind.{self.assessment.kind}")
        return self.words.text("title", kind=kind, period=period_text(self.assessment.period, self.words))

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """The sections that have something to say, in order, each under the name of its heading."""
        for heading, section in (
            ("stated", self._stated()),
            ("from_plugins", self._from_plugins()),
            ("law", self._law()),
            ("working", self._working()),
            ("readings", self._readings()),
            ("notes", self._notes()),
            ("sources", self._sources()),
            ("result", self._result()),
        ):
            lines = list(section)
            if lines:
                yield heading, lines

    def _empty_sums(self) -> set[str]:
        """Zeros that nothing stated leads to: a tax on income that there is none of is not worth a line."""
        empty: set[str] = set()
        for record in self.assessment.figures:
            if (
                record.value != 0
                or record.operation in ("fact", "plugin", "days_counted")
                or record.unit in NOT_NUMERIC
            ):
                continue
            if all(source in empty for source in record.inputs) and record.operation != "law":
                empty.add(record.id)
        return empty

    def _stated(self) -> Iterator[str]:
        for record in self._leaves("fact"):
            yield f"  {self._name(record)}: {self._value(record)}"
            # A fact bears an article where the law treats it apart: what leaves income, what is not deducted.
            yield from self._cited(record)

    def _from_plugins(self) -> Iterator[str]:
        for record in self._leaves("plugin"):
            yield f"  {self._name(record)}: {self._value(record)} ({', '.join(filter(None, record.detail))})"

    def _law(self) -> Iterator[str]:
        for record in self._leaves("law"):
            reference = self.references[record.id] = f"[{_letter(len(self.references))}]"
            yield f"  {reference} {self._name(record)}: {self._value(record)}"
            yield from self._cited(record)
        outcome = self.assessment.outcome
        if isinstance(outcome, Reasoned):
            yield from self._law_of_reasons(outcome)

    def _law_of_reasons(self, outcome: Reasoned) -> Iterator[str]:
        for record in self._leaves("law"):
            if record.citation is not None:
                self.references[record.citation.entry] = self.references[record.id]
        for reason in outcome.given_reasons:
            entry = reason.citation.entry
            if entry not in self.references:
                reference = self.references[entry] = f"[{_letter(len(set(self.references.values())))}]"
                yield f"  {reference} {self.words.text(f'figure.{entry}')}"
                yield from self._wrapped(citation_text(reason.citation, self.words), first="     ", rest="     ")

    def _leaves(self, operation: str) -> Iterator[FigureRecord]:
        for record in self.assessment.figures:
            if record.operation == operation and record.unit != YES_NO and record.name:
                yield record

    def _working(self) -> Iterator[str]:
        number = 0
        for record in self.assessment.figures:
            if self._is_step(record):
                number += 1
                self.references[record.id] = f"[{number}]"
                yield f"  {number}. {self._name(record)}: {self._value(record)}"
                formula = self._formula(record)
                if formula:
                    yield from self._wrapped(formula, first="     = ", rest="       ")
                yield from self._cited(record)

    def _named_twice(self) -> dict[str, str]:
        """Sums of one figure under another name, and that figure: a line of their own would say nothing."""
        results = set(self.assessment.results.values())
        twice: dict[str, str] = {}
        for record in self.assessment.figures:
            inputs = [source for source in record.inputs if source not in self.empty]
            if record.operation == "sum" and len(inputs) == 1 and record.id not in results and not record.citation:
                twice[record.id] = twice.get(inputs[0], inputs[0])
        return twice

    def _is_step(self, record: FigureRecord) -> bool:
        if record.operation in LEAVES or not self._shown_by_name(record):
            return False
        if record.id in self.empty or record.id in self.named_twice:
            return False
        return record.unit != YES_NO or record.operation == "decided"

    def _shown_by_name(self, record: FigureRecord) -> bool:
        # A due day by the letter of the law is said in the step that moves it to a working day.
        return bool(record.name) and not record.name.endswith(".statutory")

    def _formula(self, record: FigureRecord) -> str:
        write: Callable[[FigureRecord], str] | None = getattr(self, f"_write_{record.operation}", None)
        if write is not None:
            return write(record)
        inputs = [source for source in record.inputs if source not in self.empty or record.operation != "sum"]
        operands = [self._operand(self.records[source]) for source in inputs]
        if record.operation in _SIGNS:
            if record.operation in ("product", "quotient") and self._is_unnamed_product(inputs[0]):
                operands[0] = operands[0].removeprefix("(").removesuffix(")")
            return _SIGNS[record.operation].join(operands)
        return self.words.text(f"operation.{record.operation}", operands="; ".join(operands)) if operands else ""

    def _is_unnamed_product(self, source: str) -> bool:
        """A chain of factors reads from left to right without parentheses."""
        record = self.records[self.named_twice.get(source, source)]
        return record.operation == "product" and not self._shown_by_name(record)

    def _operand(self, record: FigureRecord) -> str:
        record = self.records[self.named_twice.get(record.id, record.id)]
        if record.unit == YES_NO:
            return self._condition(record)
        if not self._shown_by_name(record) and record.operation not in LEAVES:
            inner = self._formula(record)
            # A day moved to a working day is the only step about a day with another inside, and reads on from it.
            return f"({inner})" if inner and record.unit != "date" else inner or self._value(record)
        reference = self.references.get(record.id, "")
        return f"{self._name(record)} ({self._value(record)}){' ' if reference else ''}{reference}"

    def _condition(self, record: FigureRecord, whole: bool = False) -> str:
        """A condition and its answer; `whole` with what it is made of."""
        answer = self._value(record)
        if record.operation == "compared":
            left, right = (self._operand(self.records[source]) for source in record.inputs)
            text = f"{left} {_COMPARISONS[record.detail[0] or '']} {right}"
            return f"{self._name(record)} ({text}) — {answer}" if record.name else f"{text} — {answer}"
        if record.name and record.operation == "all" and whole:
            parts = "; ".join(self._condition(self.records[source]) for source in record.inputs)
            return f"{self._name(record)} ({parts}) — {answer}"
        if record.name:
            return f"{self._name(record)} — {answer}"
        if record.operation == "not":
            inner = self.records[record.inputs[0]]
            return f"{self._name(inner)} — {self._value(inner)}" if inner.name else self._condition(inner)
        return _SIGNS[record.operation].join(self._condition(self.records[source]) for source in record.inputs)

    def _write_chosen(self, record: FigureRecord) -> str:
        value, *conditions = (self.records[source] for source in record.inputs)
        operand = self._operand(value)
        if not conditions:
            return operand
        examined = "; ".join(self._condition(condition) for condition in conditions)
        return self.words.text("operation.chosen", operand=operand, conditions=examined)

    def _write_decided(self, record: FigureRecord) -> str:
        tests = "; ".join(self._condition(self.records[source], whole=True) for source in record.inputs)
        return self.words.text("operation.decided", tests=tests)

    def _write_step(self, record: FigureRecord) -> str:
        lower, upper = record.detail
        between = "first" if lower is None else "last" if upper is None else "middle"
        return self.words.text(
            f"operation.step_{between}", operand=self._operand(self.records[record.inputs[0]]), lower=lower, upper=upper
        )

    def _write_days_counted(self, record: FigureRecord) -> str:
        first, last = record.detail
        return self.words.text("operation.days_counted", first=first, last=last)

    def _write_working_days_after(self, record: FigureRecord) -> str:
        start, days = record.detail
        return self.words.text("operation.working_days_after", start=start, days=days)

    def _write_deadline(self, record: FigureRecord) -> str:
        how, *numbers = record.detail
        day = formats.day(str(record.value), self.locale)
        if how == "days_after":
            counted_from = self.records[record.inputs[0]]
            start = formats.day(str(counted_from.value), self.locale)
            return self.words.text("operation.days_after", days=numbers[0], start=start, day=day)
        if how == "day_of_year" or numbers[1] == "0":
            return self.words.text("operation.day_of_the_period_itself", day=day)
        return self.words.text("operation.day_of_month", number=numbers[0], months=numbers[1], day=day)

    def _write_next_working_day(self, record: FigureRecord) -> str:
        statutory = self._operand(self.records[record.inputs[0]])
        if not record.detail:
            return statutory
        passed = []
        for reason in record.detail:
            day, _, why = (reason or "").partition(" ")
            passed.append(f"{formats.day(day, self.locale)} — {self.words.text(f'word.{why}')}")
        return self.words.text("operation.moved", statutory=statutory, passed=", ".join(passed))

    def _readings(self) -> Iterator[str]:
        for reading in self.assessment.readings:
            name = f"reading.{reading.id}"
            chosen = self.words.text(f"{name}.{reading.chosen}")
            yield from self._wrapped(f"{self.words.text(name)}: {chosen}")
            yield f"    {citation_text(reading.citation, self.words)}"
            for other in reading.alternatives:
                other_name = self.words.text(f"{name}.{other.name}")
                if other.refused is not None:
                    text = self.words.text("operation.other_reading_refused", reading=other_name, code=other.refused)
                else:
                    tax = "" if other.tax is None else formats.money(other.tax, self.locale)
                    text = self.words.text("operation.other_reading", reading=other_name, tax=tax)
                yield from self._wrapped(text, first="    ", rest="      ")

    def _notes(self) -> Iterator[str]:
        for note in self.assessment.notes:
            text = self._with_days(self.words.text(f"note.{note.id}", **note.params))
            yield from self._wrapped(text, first="  • ", rest="    ")

    def _sources(self) -> Iterator[str]:
        for act, url in dict.fromkeys((citation.act, citation.url) for citation in self.assessment.citations):
            yield f"  {act_title(act, self.locale)}: {self._address(url)}"
        book = self.assessment.rule_book
        yield "  " + self.words.text("rule_book", version=book.version, digest=book.digest[:12])

    def _address(self, url: str) -> str:
        """The act's page in Kazakh for who reads in Kazakh."""
        return url.replace("/rus/", "/kaz/") if self.locale == "kk" else url

    def _result(self) -> Iterator[str]:
        outcome = self.assessment.outcome
        if isinstance(outcome, Reasoned):
            yield from self._reasons(outcome)
        fields = [name for name in type(outcome).model_fields if name != self.assessment.main]
        for tax, line in self._taxes(outcome):
            yield f"  {self._tax_line(tax, line)} ({places_text(line.article, self.words)})"
        for name in type(outcome).LISTED:
            yield from self._items((name,), getattr(outcome, name))
        for name in (*fields, self.assessment.main):
            written = self._field(name, getattr(outcome, name))
            if written is None:
                continue
            line = f"{self.words.text(f'field.{self.assessment.kind}.{name}')}: {written}"
            if name == self.assessment.main:
                yield line
            else:
                yield from self._wrapped(line)

    def _reasons(self, outcome: Reasoned) -> Iterator[str]:
        """Each reason in the words of this language: what was examined, the answer, why, and the article."""
        for reason in outcome.given_reasons:
            name = self.words.text(reason.name)
            answer = "" if reason.answer is None else f" — {formats.quantity(reason.answer, '', self.locale)}"
            article = article_text(reason.citation, self.words)
            where = f"{f'({article}) ' if article else ''}{self.references[reason.citation.entry]}"
            yield from self._wrapped(f"{name}{answer}: {self.words.text(reason.message)} {where}")

    def _items(self, path: tuple[str, ...], items: Any) -> Iterator[str]:
        """Items of a list, each under what tells it apart, with those of its fields that have words."""
        many = isinstance(items, Sequence)
        for place, item in enumerate(items if many else [] if items is None else [items]):
            if item.worth_saying:
                yield from self._item((*path, str(place)) if many else path, item)

    def _item(self, path: tuple[str, ...], item: Outcome) -> Iterator[str]:
        names = [name for name in path if not name.isdigit()]
        indent = "  " * (len(names) if item.about else len(names) - 1)
        if item.about:
            yield from self._wrapped(self._about(item.about), first=indent, rest=f"{indent}  ")
        for name in type(item).model_fields:
            value = getattr(item, name)
            if name in type(item).LISTED:
                yield from self._items((*path, name), value)
                continue
            words = ".".join(("field", self.assessment.kind, *names, name))
            if not self.words.has(words) or (value is None and name in type(item).UNSAID):
                continue
            if value is None:
                written: str | None = self.words.text("word.not_known")
            elif isinstance(value, Citation):
                written = citation_text(value, self.words)
            else:
                written = self._field(".".join((*path, name)), value)
            if written is not None:
                line = f"{self.words.text(words)}: {written}"
                yield from self._wrapped(line, first=f"{indent}  ", rest=f"{indent}    ")

    def _field(self, name: str, value: Any) -> str | None:
        if isinstance(value, Mapping) and name == self.assessment.main:
            return ", ".join(self.words.text(f"tax.{tax}") for tax, line in value.items() if line.applies == "yes")
        if isinstance(value, (Mapping, Sequence)) and not isinstance(value, str):
            if value and not isinstance(value, Mapping) and all(isinstance(item, StrEnum) for item in value):
                return ", ".join(self.words.text(f"choice.{item}") for item in value)
            if len(value) > 1 and all(isinstance(item, date) for item in value):
                return ", ".join(formats.day(item, self.locale) for item in value)
            return None
        if value is None:
            unsaid = name in type(self.assessment.outcome).UNSAID
            return None if unsaid else self.words.text(self._word_for_none(name))
        if isinstance(value, StrEnum):
            return self.words.text(f"choice.{value}")
        if isinstance(value, (bool, date)):
            return formats.quantity(value, "", self.locale)
        if isinstance(value, str):
            return value
        record = self.records.get(self.assessment.results.get(name, ""))
        return self._value(record) if record else formats.number(Decimal(value), self.locale)

    def _taxes(self, outcome: Any) -> list[tuple[str, Any]]:
        """A list of taxes has a line for each; the last line then names those that apply without condition."""
        found = getattr(outcome, self.assessment.main)
        return list(found.items()) if isinstance(found, Mapping) else []

    def _tax_line(self, tax: str, line: Any) -> str:
        return f"{self.words.text(f'tax.{tax}')} — {self.words.text(f'choice.{line.applies}')}"

    def _word_for_none(self, field: str) -> str:
        if field == self.assessment.main and isinstance(self.assessment.outcome, Reasoned):
            return "word.law_is_silent"
        return "word.not_known" if self._is_not_known(field) else "word.none"

    def _is_not_known(self, field: str) -> bool:
        """Absent because nobody knows it, not because there is none: a note then says what is missing."""
        missing = ("text_not_seen", "due_day_not_known")
        return any(note.id in missing and note.params["entry"].endswith(field) for note in self.assessment.notes)

    def _name(self, record: FigureRecord) -> str:
        name = self.words.text(f"figure.{record.name}")
        of_country = _OF_A_COUNTRY.search(record.name) and _COUNTRY.fullmatch(record.about)
        about = formats.country(record.about, self.locale) if of_country else self._about(record.about)
        if record.unit == "date" or not about:
            return name
        return f"{name}, {about}"

    def _about(self, about: str) -> str:
        """What tells steps of one name apart: a label, days in it written out, or one of the choices in words."""
        if about.startswith("choice.") and self.words.has(about):
            return self.words.text(about)
        of_kind = _OF_A_KIND.fullmatch(about)
        if of_kind is not None:
            return self._about_kind(*of_kind.groups())
        return self._with_days(about)

    def _about_kind(self, kind: str, period: str, rest: str | None) -> str:
        about = f"{self.words.text(f'kind.{kind}')}, {period_text(period, self.words)}"
        if rest is None:
            return about
        own = rest if rest.startswith("choice.") else f"field.{kind}.{rest}"
        return f"{about}: {self.words.text(own)}"

    def _with_days(self, text: str) -> str:
        return _ISO_DAY.sub(lambda found: formats.day(found[0], self.locale), text)

    def _value(self, record: FigureRecord) -> str:
        value = record.value
        subject, _, step = record.name.partition(".")
        is_share = subject == "treaty" or any(word in step for word in _SHARES)
        if record.unit == "1" and is_share and isinstance(value, Decimal):
            return formats.percent(value, self.locale)
        return formats.quantity(value, record.unit, self.locale)

    def _cited(self, record: FigureRecord) -> Iterator[str]:
        if record.operation == "next_working_day":
            yield from self._cited(self.records[record.inputs[0]])
            if not record.detail:
                return
        if record.operation == "decided" and record.citation is None:
            for source in record.inputs:
                yield from self._cited(self.records[source])
        if record.citation is not None:
            yield from self._wrapped(citation_text(record.citation, self.words), first="     ", rest="     ")

    def _wrapped(self, text: str, first: str = "  ", rest: str = "    ") -> Iterator[str]:
        wrapper = TextWrapper(
            self.width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
        )
        for line in wrapper.wrap(_CURRENCY_AND_AMOUNT.sub("\u00a0", text)):
            yield line.replace("\u00a0", " ") if self.locale == "en" else line


def _letter(number: int) -> str:
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters
