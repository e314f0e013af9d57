"""Self-audit: each tax worked out by its own rule, then held against what was declared; interest, fines, term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from kztax.combined.self_audit.facts import (
    Audited,
    AuditedTaxpayer,
    DifferenceReason,
    FineGround,
    SelfAuditFacts,
    SelfAuditOutcome,
    limitation_period,
)
from kztax.combined.self_audit.pool import compared
from kztax.core.citation import Citation
from kztax.core.errors import InvalidFacts, KztaxError, UnknownLaw, UnknownPeriod
from kztax.core.figure import ZERO, Figure, Moment, Node, not_below_zero, total, walk
from kztax.core.law import LawOn
from kztax.core.period import ONE_DAY
from kztax.core.units import DATE, KZT
from kztax.core.working import Part, Working
from kztax.rules.late_interest.facts import LateInterestFacts, ReducedMultipleGround

NAME = "self_audit"
MCI = "base.mci"
INCOME_TAXES = ("corporate_income_tax", "personal_income_tax")
COMPANIES = (AuditedTaxpayer.SMALL, AuditedTaxpayer.MEDIUM, AuditedTaxpayer.LARGE)


class Tax(NamedTuple):
    """One tax of one period while it is compared: its parts, and the amounts as figures."""

    audited: Audited
    parts: tuple[Part, ...]
    declared: Figure
    computed: Figure
    shortfall: Figure

    @property
    def params(self) -> dict[str, object]:
        """What a note names it by."""
        return {"tax": self.audited.tax, "period": self.audited.period}


def self_audit(facts: SelfAuditFacts, working: Working) -> SelfAuditOutcome:
    """The shortfall of each tax (KZT), why, and what follows (Tax Code 2017, 48, 117; Tax Code 2025, 5 2) and 65)."""
    rows = [_row(_tax(audited, facts, working), facts, working) for audited in facts.audited]
    matches, pool_income = compared(facts, working) if facts.pool_rows else ([], None)
    ranges = [row["fine_range"] for row in rows if row["shortfall"].value]
    if facts.pool_rows:
        working.note(f"{NAME}.authority_has_the_report")
    working.note(f"{NAME}.paid_as_declared")
    return working.outcome(
        SelfAuditOutcome,
        taxes=rows,
        pool_rows=matches,
        pool_income_difference=pool_income,
        overpaid=_total("overpaid", [row["overpaid"] for row in rows]),
        interest=_total("interest", [row["interest"] for row in rows]),
        fine_lowest=_total("fine_lowest", [found and found["lowest"] for found in ranges]),
        fine_highest=_total("fine_highest", [found and found["highest"] for found in ranges]),
        shortfall=_total("shortfall", [row["shortfall"] for row in rows]),
    )


def _total(name: str, figures: list[Figure | None]) -> Figure | None:
    """The whole amount; None where one of its parts is not known."""
    known = [figure for figure in figures if figure is not None]
    return total(known, KZT).named(f"{NAME}.total_{name}") if len(known) == len(figures) else None


def _tax(audited: Audited, facts: SelfAuditFacts, working: Working) -> Tax:
    parts = tuple(_part(place, facts, working) for place in audited.places)
    about = audited.about
    amount = facts.of_period(facts.declared[audited.tax], audited.period)
    declared = Figure(amount, KZT, "fact", (), f"{NAME}.declared", about)
    computed = total(part.answer for part in parts).named(f"{NAME}.computed", about)
    if declared.value < 0 or computed.value < 0:
        working.note(f"{NAME}.excess", tax=audited.tax, period=audited.period)
    shortfall = not_below_zero(_to_pay(computed) - _to_pay(declared)).named(f"{NAME}.shortfall", about)
    return Tax(audited, parts, declared, computed, shortfall)


def _to_pay(amount: Figure) -> Figure:
    """An excess is nothing to pay: only what lies above zero can fall short."""
    return not_below_zero(amount) if amount.value < 0 else amount


def _part(place: int, facts: SelfAuditFacts, working: Working) -> Part:
    with _within("facts", place):
        return working.assess(facts.facts[place])


@contextmanager
def _within(*path: str | int) -> Iterator[None]:
    """An error of a part names the part."""
    try:
        yield
    except KztaxError as error:
        for each in (error, *error.others):
            each.path = (*path, *each.path)
        raise


def _row(tax: Tax, facts: SelfAuditFacts, working: Working) -> dict[str, Any]:
    about = tax.audited.about
    figures = list(_figures(tax, facts))
    due = _first_day(tax, "payment_due", "entrepreneur_payment_due")
    interest, intervals = _interest(tax, due, facts, working)
    open_until = _open_until(tax, facts, working)
    _note_readings(tax, working)
    return {
        "tax": tax.audited.tax,
        "period": str(tax.audited.period),
        "declared": tax.declared,
        "computed": tax.computed,
        "shortfall": tax.shortfall,
        "overpaid": not_below_zero(_to_pay(tax.declared) - _to_pay(tax.computed)).named(f"{NAME}.overpaid", about),
        "reason": _reason(tax, figures, facts),
        "figures": figures,
        "payment_due": due,
        "interest": interest,
        "interest_intervals": intervals,
        "fine_range": _fine_range(tax, facts, working),
        "open_until": open_until,
        "open": None if open_until is None else facts.on <= open_until.value,
    }


# --- why declared and computed differ ---


def _figures(tax: Tax, facts: SelfAuditFacts) -> Iterator[dict[str, Any]]:
    """The stated figures of the return that differ; where none was stated, the computed ones that the tax rests on."""
    audited = tax.audited
    stated = facts.declared_figures.get(audited.tax, {})
    declared = {name: facts.of_period(amount, audited.period) for name, amount in stated.items()}
    for name, amount in declared.items():
        computed = _computed(tax, name)
        if computed is None:
            numbers = ", ".join(sorted(_numbers(tax.parts[0])))
            path = ("declared_figures", audited.tax, name)
            raise InvalidFacts("not_a_figure_of_the_return", path=path, known=numbers)
        if amount is not None and amount != computed.value:
            yield _figure(tax, name, computed, amount)
    if not stated and tax.declared.value != tax.computed.value:
        behind = {id(node) for part in tax.parts for node in walk([part.answer])}
        for name in _numbers(tax.parts[0]):
            leads = any(id(part.sheet.results[name]) in behind for part in tax.parts if name in part.sheet.results)
            computed = _computed(tax, name)
            if leads and name != tax.parts[0].main and computed is not None and computed.value:
                yield _figure(tax, name, computed, None)


def _numbers(part: Part) -> list[str]:
    return [name for name, node in part.sheet.results.items() if "." not in name and node.unit == KZT]


def _computed(tax: Tax, name: str) -> Figure | None:
    found = [part.sheet.results[name] for part in tax.parts if name in _numbers(part)]
    figures = [node for node in found if isinstance(node, Figure)]
    about = f"{tax.audited.about} {name}"
    return total(figures).named(f"{NAME}.computed_figure", about) if figures else None


def _figure(tax: Tax, name: str, computed: Figure, amount: Decimal | None) -> dict[str, Any]:
    difference = declared = None
    if amount is not None:
        declared = Figure(amount, KZT, "fact", (), f"{NAME}.declared_figure", computed.about)
        difference = (computed - declared).named(f"{NAME}.figure_difference", computed.about)
    return {
        "tax": tax.audited.tax,
        "period": str(tax.audited.period),
        "figure": name,
        "declared": declared,
        "computed": computed,
        "difference": difference,
        "citation": _nearest_article(computed),
    }


def _nearest_article(node: Node) -> Citation | None:
    """The article of the step nearest to a figure among those behind it."""
    level: list[Node] = [node]
    while level:
        for each in level:
            if each.citation is not None:
                return each.citation
        level = [source for each in level for source in each.inputs]
    return None


def _reason(tax: Tax, figures: list[dict[str, Any]], facts: SelfAuditFacts) -> DifferenceReason:
    if tax.declared.value == tax.computed.value:
        return DifferenceReason.NONE
    if not facts.declared_figures.get(tax.audited.tax):
        return DifferenceReason.NOT_STATED
    return DifferenceReason.FIGURES_DIFFER if figures else DifferenceReason.ONLY_TAX_DIFFERS


def _note_readings(tax: Tax, working: Working) -> None:
    """An auditor may read the law the other way: how far the computed amount moves with each reading."""
    for part in tax.parts:
        others = working.answers_otherwise(part)
        rest = tax.computed.value - part.answer.value
        for reading_id in dict.fromkeys(reading_id for reading_id, _ in others):
            answers = [answer + rest for (of, _), answer in others.items() if of == reading_id]
            lowest, highest = min(*answers, tax.computed.value), max(*answers, tax.computed.value)
            if lowest != highest:
                bounds: dict[str, object] = {"lowest": lowest, "highest": highest}
                working.note(f"{NAME}.depends_on_reading", reading=reading_id, **tax.params, **bounds)


# --- late interest ---


def _interest(
    tax: Tax, due: Node | None, facts: SelfAuditFacts, working: Working
) -> tuple[Figure | None, list[Mapping[str, Any]]]:
    about = tax.audited.about
    if not tax.shortfall.value:
        return total([], KZT).named(f"{NAME}.interest", about), []
    if due is None:
        working.note(f"{NAME}.due_day_not_known", **tax.params)
        return None, []
    # The shortfall's own figure stands in for the amount, which a sum of stated ones may be too large to be stated as.
    ground = _ground_of_multiple(tax, facts)
    late = LateInterestFacts(amount=ZERO, due=due.value, paid_on=facts.on, reduced_multiple_ground=ground)
    try:
        part = working.assess(late, {"late_interest.amount": tax.shortfall})
    except (UnknownLaw, UnknownPeriod) as unknown:
        first, last = unknown.detail.get("first", due.value), unknown.detail.get("last", facts.on)
        working.note(f"{NAME}.interest_not_known", **tax.params, first=first, last=last)
        return None, []
    results = part.sheet.results
    intervals: list[Mapping[str, Any]] = [
        {
            "from": interval.first,
            "to": interval.last,
            **{name: results[f"intervals.{place}.{name}"] for name in ("base_rate", "multiple", "days", "interest")},
        }
        for place, interval in enumerate(part.outcome.intervals)  # type: ignore[attr-defined]
    ]
    return total([part.answer]).named(f"{NAME}.interest", about), intervals


def _ground_of_multiple(tax: Tax, facts: SelfAuditFacts) -> ReducedMultipleGround | None:
    """The multiple of additional returns is one of income taxes alone."""
    ground = facts.reduced_multiple_ground
    if ground is ReducedMultipleGround.ADDITIONAL_RETURN and tax.audited.tax not in INCOME_TAXES:
        return None
    return ground


# --- fines ---


def _fine_range(tax: Tax, facts: SelfAuditFacts, working: Working) -> dict[str, Any] | None:
    """Fines on the shortfall by the law of the day on which the return was to be filed."""
    if not tax.shortfall.value:
        return None
    fines = list(_fines(tax, facts, working))
    if not fines:
        return None
    about = tax.audited.about
    working.note(f"{NAME}.fines_have_conditions")
    amounts = sorted((fine["amount"] for fine in fines), key=lambda amount: amount.value)
    return {
        "lowest": total(amounts[:1]).named(f"{NAME}.fine_lowest", about),
        "highest": total(amounts[-1:]).named(f"{NAME}.fine_highest", about),
        "fines": fines,
    }


def _fines(tax: Tax, facts: SelfAuditFacts, working: Working) -> Iterator[dict[str, Any]]:
    ground = FineGround.AGENT if tax.audited.tax == "withholding_tax" else FineGround.UNDERSTATEMENT
    law = working.law(_day_of_offence(tax))
    payers = _payers(tax, facts, working)
    entries = [(ground, payer, f"fine_rate.{ground}.{payer}") for payer in payers]
    fined = [entry for entry in entries if entry[2] in _entries_of(working, ground)]
    if len(fined) < len(entries):
        working.note(f"{NAME}.no_fine_of_individual_agents", **tax.params)
    hidden = [(each, None, f"fine_rate.{each}") for each in (FineGround.CONCEALMENT, FineGround.CONCEALMENT_REPEATED)]
    for of, payer, name in (*fined, *(hidden if ground is FineGround.UNDERSTATEMENT else ())):
        try:
            rate = _of_item(working, law, name)
            amount = rate * working.law(facts.on).figure(MCI) if rate.unit == "MCI" else tax.shortfall * rate
        except (UnknownLaw, UnknownPeriod):
            working.note(f"{NAME}.fine_not_known", **tax.params, entry=law.full_name(name), day=law.day)
            return
        in_mci = rate.unit == "MCI"
        if in_mci:
            working.note(f"{NAME}.mci_of_the_day_of_the_audit", day=facts.on)
        about = f"{tax.audited.about} choice.{payer}" if payer else tax.audited.about
        yield {
            "ground": of,
            "taxpayer": payer,
            "rate": None if in_mci else rate,
            "amount": amount.named(f"{NAME}.fine.{of}", about),
            "citation": law.cite(name),
        }


def _of_item(working: Working, law: LawOn, name: str) -> Figure:
    """The day's number, one and the same figure for all days on which that item of the law is in force."""
    return working.law(law.cite(name).in_force_from).figure(name)


def _entries_of(working: Working, ground: FineGround) -> list[str]:
    start = f"{NAME}.fine_rate.{ground}."
    return [name.removeprefix(f"{NAME}.") for name in working.book.entries if name.startswith(start)]


def _payers(tax: Tax, facts: SelfAuditFacts, working: Working) -> tuple[AuditedTaxpayer, ...]:
    if facts.taxpayer is not None:
        return (facts.taxpayer,)
    working.note(f"{NAME}.taxpayer_not_stated")
    return (AuditedTaxpayer.INDIVIDUAL, *COMPANIES) if tax.audited.tax == "personal_income_tax" else COMPANIES


def _day_of_offence(tax: Tax) -> date:
    """The day on which the return was due; where none is known, that of the payment, else the day after the period."""
    due = _first_day(tax, "return_due", "entrepreneur_return_due", "payment_due")
    return tax.audited.period.last_day + ONE_DAY if due is None else due.value


def _first_day(tax: Tax, *names: str) -> Node | None:
    results = tax.parts[0].sheet.results
    return next((results[name] for name in names if name in results), None)


# --- limitation ---


def _open_until(tax: Tax, facts: SelfAuditFacts, working: Working) -> Moment | None:
    """The last day of the term of limitation (Tax Code 2017, 48; Tax Code 2025, 65)."""
    last = limitation_period(tax.audited.period).last_day
    law = working.law(last)
    ground = facts.longer_limitation
    large = "large_company" if facts.taxpayer is AuditedTaxpayer.LARGE else None
    try:
        years = _of_item(working, law, f"limitation.{ground or large or 'standard'}")
    except UnknownLaw as unknown:
        working.note(f"{NAME}.term_not_known", **tax.params, entry=unknown.detail["entry"])
        return None
    if facts.taxpayer is None and ground is None:
        working.note(f"{NAME}.term_may_be_longer")
    end = last.replace(year=last.year + int(years.value))
    start = Moment(last, DATE, "constant", (), f"{NAME}.period_end", tax.audited.about)
    about, detail = tax.audited.about, (str(years.value),)
    moment = Moment(end, DATE, "years_after", (start, years), f"{NAME}.open_until", about, years.citation, detail)
    working.note(f"{NAME}.term_extended_or_suspended")
    if facts.on > end:
        working.note(f"{NAME}.closed", **tax.params, until=end)
    return moment
