"""For authors of plugins: one call that finds what a plugin does otherwise than kztax expects.

    from kztax.testing import Samples, assert_conforms

    def test_it_conforms() -> None:
        assert_conforms(my_plugin, Samples(exchange_rates=[("USD", "yearly_mean", None, 2026)]))

It asks every hook that the plugin implements about things nobody knows (the answer must be None), about the samples
that the author names (the answer must be there, fit, and be the same twice and from several threads), and about files
that it must refuse. Meanwhile it looks whether the plugin reaches for the network, prints, or leaves files open. Any
test runner will do; `python -m kztax.testing NAME` asks an installed plugin the same without a test.

`engine_with` and the facts of `gain_in`, `sale_without_price`, `income_taxed_in` and `levy_on` make tests of what a tax
becomes with the plugin's answers.
"""

from kztax.testing.conformance import Fault, Samples, assert_conforms, faults_of
from kztax.testing.facts import engine_with, gain_in, income_taxed_in, levy_on, sale_without_price

__all__ = [
    "Fault",
    "Samples",
    "assert_conforms",
    "engine_with",
    "faults_of",
    "gain_in",
    "income_taxed_in",
    "levy_on",
    "sale_without_price",
]
