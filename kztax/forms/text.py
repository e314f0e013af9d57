"""A form as text: what is known of filing it, every line with what it is from, what is still to be written, notes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from textwrap import TextWrapper

from kztax.explain import formats
from kztax.explain.citation import act_title, article_text
from kztax.explain.phrases import Phrases, phrases
from kztax.forms.codes import code_lists
from kztax.forms.model import Caption, Form, FormLine, Source, SourceKind

WIDTH = 112
PERCENT = "%"


def form_text(form: Form, locale: str) -> str:
    """The form in one language."""
    return "\n".join(FormText(form, phrases(locale)).lines())


class FormText:
    """One form on its way to text."""

    def __init__(self, form: Form, words: Phrases) -> None:
        self.form = form
        self.words = words
        self.locale = words.locale

    def lines(self) -> Iterator[str]:
        """Line by line, the parts of the form apart by empty lines."""
        yield f"{self.form.form}. {self.form.title.spoken(self.locale)}, {self._period()}"
        yield from self._wrapped(self.words.text(f"form.acceptance.{self.form.acceptance}"), first="", rest="")
        yield from self._wrapped(self._edition(), first="", rest="")
        yield self.words.text("form.captions.official" if self._captions_are_official() else "form.captions.ours")
        part = None
        for line in self.form.lines:
            if (line.number[:6], line.sheet) != part:
                part = (line.number[:6], line.sheet)
                yield ""
                yield self._part(*part)
            yield from self._line(line)
        yield from self._missing()
        yield from self._notes()

    def _captions_are_official(self) -> bool:
        return any(self.locale in line.caption.official for line in self.form.lines)

    def _period(self) -> str:
        year, _, quarter = self.form.period.partition("-Q")
        return self.words.text("period.quarter" if quarter else "period.year", year=year, quarter=quarter)

    def _edition(self) -> str:
        edition = self.form.edition
        amended = f"; {self.words.text('form.amended_by', order=edition.amended_by)}" if edition.amended_by else ""
        sure = "" if edition.evidence == "text" else f"; {self.words.text(f'cite.{edition.evidence}')}"
        return self.words.text(
            "form.edition",
            act=act_title(edition.act, self.locale),
            annexes=edition.article,
            first=edition.in_force_from,
            last=edition.in_force_to,
            more=amended + sure,
        )

    def _part(self, part: str, sheet: int) -> str:
        if sheet == 1:
            return part
        return self.words.text("form.sheet", annex=part, sheet=sheet)

    def _line(self, line: FormLine) -> Iterator[str]:
        caption = self._numbered(line.number, line.caption)
        row = "" if line.row is None else f" [{line.row}]"
        yield from self._wrapped(f"{caption}{row}: {self._value(line)}")
        origin = self._origin(line.source)
        if origin:
            yield from self._wrapped(origin, first="      ", rest="      ")
        if line.exact is not None:
            exact = formats.quantity(line.exact, line.unit, self.locale)
            yield from self._wrapped(self.words.text("form.rounded", exact=exact), first="      ", rest="      ")

    def _numbered(self, number: str, caption: Caption) -> str:
        """The caption behind its number; some cells of a form have none."""
        last = number.rpartition(".")[2]
        return f"{number}  {caption.spoken(self.locale)}" if not last.isalpha() else caption.spoken(self.locale)

    def _value(self, line: FormLine) -> str:
        if line.value is not None:
            beside = "" if line.text is None else f"{line.text}; "
            if line.unit == PERCENT:
                return f"{formats.number(line.value, self.locale)} %"
            return beside + formats.quantity(line.value, line.unit, self.locale)
        assert line.text is not None
        if line.unit == "date":
            return formats.day(date.fromisoformat(line.text), self.locale)
        if line.unit == "period":
            return self._period()
        if line.unit.startswith("code."):
            names = code_lists()[line.unit.removeprefix("code.")][line.text]
            return f"{line.text} ({names.get(self.locale, names['ru'])})"
        if line.unit == "choice":
            return self.words.text(f"form.choice.{line.text}")
        return line.text

    def _origin(self, source: Source) -> str:
        if source.kind is SourceKind.FORMULA:
            return f"= {source.path}"
        if source.kind is not SourceKind.FIGURE and source.kind is not SourceKind.FACT:
            return ""
        assert source.assessment is not None
        assessment = self.form.assessments[source.assessment]
        name = f"figure.{source.name}" if source.name else ""
        said = f"{self.words.text(name)} ({source.path})" if name and self.words.has(name) else source.path
        parts = [said]
        if len(self.form.assessments) > 1:
            parts.append(f"{self.words.text(f'kind.{assessment.kind}')} {assessment.period}")
        if source.citation is not None:
            article = article_text(source.citation, self.words)
            parts.append(f"{act_title(source.citation.act, self.locale)}{f'; {article}' if article else ''}")
        return f"← {'; '.join(parts)}"

    def _missing(self) -> Iterator[str]:
        if not self.form.missing:
            return
        yield ""
        yield self.words.text("form.heading.missing")
        for line in self.form.missing:
            sheet = "" if line.sheet == 1 else f", {self._part(line.number[:6], line.sheet)}"
            where = "" if line.field is None else f" ← {line.field}"
            yield from self._wrapped(f"{self._numbered(line.number, line.caption)}{sheet}{where}")

    def _notes(self) -> Iterator[str]:
        if not self.form.notes:
            return
        yield ""
        yield self.words.text("heading.notes")
        for note in self.form.notes:
            text = self.words.text(f"form.note.{note.id}", **note.params)
            yield from self._wrapped(text, first="  • ", rest="    ")

    def _wrapped(self, text: str, first: str = "  ", rest: str = "    ") -> Iterator[str]:
        wrapper = TextWrapper(
            WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
        )
        yield from wrapper.wrap(text)
