"""Build hook: compiles the catalogs with Babel, so that a wheel and an editable install both have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCALES = Path(__file__).resolve().parent / "kztax" / "explain" / "locales"


def compile_catalogs() -> list[Path]:
    """Compile every .po beside its .mo; returns the compiled files."""
    compiled: list[Path] = []
    for source in sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        with source.open("rb") as text:
            catalog = read_po(text, locale=source.parent.parent.name)
        with target.open("wb") as binary:
            write_mo(binary, catalog)
        compiled.append(target)
    return compiled


class CustomBuildHook(BuildHookInterface[Any]):
    """Called by hatchling before files are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's signature
        """Compile the catalogs and say that they belong to the build."""
        build_data["artifacts"] += [str(path.relative_to(self.root)) for path in compile_catalogs()]
