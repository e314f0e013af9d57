"""Asks an installed plugin what nobody knows, and says what it does otherwise than kztax expects.

usage: python -m kztax.testing NAME      as `kztax plugins` names it; exit status 1 where something is wrong
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

from kztax.plugins import ENTRY_POINT_GROUP
from kztax.testing.conformance import Fault, Samples, faults_of


def main(arguments: list[str]) -> int:
    """Print each fault; returns the exit status."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write(__doc__ or "")
        return 2
    (name,) = arguments
    faults = _faults(name)
    for fault in faults:
        sys.stdout.write(f"{name}: {fault.check}: {fault.problem}\n")
    return bool(faults)


def _faults(name: str) -> list[Fault]:
    for found in entry_points(group=ENTRY_POINT_GROUP, name=name):
        try:
            plugin = found.load()
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises is the finding here
            return [Fault("loads", f"raises {type(error).__name__}: {error}")]
        return faults_of(plugin, Samples())
    return [Fault("loads", "no plugin of this name is installed")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
