"""The fixtures of these tests, from the module that also has what they share."""

from onec_support import address, base, files, settings, way

__all__ = ["address", "base", "files", "settings", "way"]
