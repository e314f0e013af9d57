"""Treaty overrides for kztax: a protocol, a most-favoured-nation clause, a client's ruling, from a TOML file."""

from kztax_dtt.limits import Income, Limit
from kztax_dtt.overrides import TreatyOverrides
from kztax_dtt.table import TreatyFileError, TreatyTable, read_table

__version__ = "0.1.0"
__all__ = ["Income", "Limit", "TreatyFileError", "TreatyOverrides", "TreatyTable", "plugin", "read_table"]

plugin = TreatyOverrides()
"""The installed plugin: it reads the file that `KZTAX_DTT` names."""
