"""Lots from one year to the next, in a file: what is held on 31 December opens the year after."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, NamedTuple

from kztax.core.assessment import Assessment
from kztax.core.errors import InvalidFacts, UnreadableInput
from kztax.core.period import Year
from kztax.reading import facts_in
from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsOutcome
from kztax.terminal import content_of, write

HELD_ON, LOTS = "held_on", "lots"


class Opening(NamedTuple):
    """Opening lots; `whole`: they are all that was held when the year began, so that earlier trades are in them."""

    lots: list[Any]
    whole: bool


def save_lots(path: str, assessment: Assessment[DigitalAssetGainsOutcome], year: int) -> None:
    """Write what is held at the end of the year."""
    lots = [lot.model_dump(mode="json", exclude_none=True) for lot in assessment.outcome.closing_lots]
    held = {HELD_ON: _last_day(year).isoformat(), LOTS: lots}
    write(json.dumps(held, ensure_ascii=False, indent=2) + "\n", path)


def read_lots(path: str | None, year: int) -> Opening:
    """Lots that open a year: as they were saved, or a plain list of them that trades of earlier years add to.

    Raises `InvalidFacts` for lots that were held on another day than the last before the year.
    """
    if path is None:
        return Opening([], whole=False)
    content = content_of(path)
    try:
        found, is_list = facts_in(content)
    except UnreadableInput as error:
        error.path = (path, *error.path)
        raise
    if is_list:
        return Opening(found, whole=False)
    (saved,) = found
    if set(saved) != {HELD_ON, LOTS} or not isinstance(saved[LOTS], list):
        raise InvalidFacts("not_lots", path=(path,))
    before = _last_day(year - 1).isoformat()
    if saved[HELD_ON] != before:
        raise InvalidFacts("lots_of_another_day", path=(path, HELD_ON), given=str(saved[HELD_ON])[:40], wanted=before)
    return Opening(saved[LOTS], whole=True)


def _last_day(year: int) -> date:
    return Year(year).last_day
