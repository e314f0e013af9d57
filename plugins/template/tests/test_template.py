"""The template does what kztax expects of a plugin, and what it says of itself."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date

import kztax_template
from kztax_template import FORMAT, Refusal

from kztax.testing import Samples, assert_conforms, engine_with, gain_in


def test_it_conforms() -> None:
    samples = Samples(exchange_rates=[("USD", "yearly_mean", None, 2026)], exports=[FORMAT], refusals=[Refusal])
    assert_conforms(kztax_template, samples)


def test_its_rate_is_the_one_that_a_tax_is_computed_with() -> None:
    assessment = engine_with(kztax_template).assess(gain_in("USD", date(2026, 5, 20)))
    assert assessment.outcome.gain_on_digital_assets == 7_503_750  # 15,000 USD at 500.25
    assert [record.name for record in assessment.plugins] == ["kztax_template"]


def kztax_says(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "KZTAX_LOAD_PLUGINS": "template"}
    command = [sys.executable, "-m", "kztax", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


def test_its_command_is_one_of_kztax() -> None:
    assert kztax_says("template", "2026").stdout == "USD 500.25\n"
    refused = kztax_says("template", "1999", "--locale", "kk")
    assert refused.returncode == 1
    assert refused.stderr == "kztax: plugin_error: YEAR: кестеде 1999 жылғы бағам жоқ\n"
