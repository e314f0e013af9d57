"""Exchange rates of the National Bank of Kazakhstan for kztax.

Official rates of a day from the Bank's feed, market rates and yearly means from tables, kept in a store on disk.
Which of them a tax is computed with is the rule's choice; this plugin only knows them apart.
"""

from kztax_nbk.bank import NationalBank

__version__ = "0.1.0"
__all__ = ["NationalBank", "plugin"]

plugin = NationalBank()
