"""Official values and prices of digital assets for kztax.

Published tables of official values are imported into a store on disk. Daily prices of exchanges licensed in the AIFC
are another thing, never official: they are fetched and answered only where the caller switches them on.
"""

from kztax_aifc.feed import PriceFeed

__version__ = "0.1.0"
__all__ = ["PriceFeed", "plugin"]

plugin = PriceFeed()
