"""Installs the built wheel into an environment that holds nothing else, and uses it there as a newcomer would.

usage: clean_install.py DIRECTORY_WITH_WHEEL
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
LAST_LINES = {"en": "Levy to pay: KZT ", "ru": "Плата к уплате: ", "kk": "Төленуге жататын төлемақы: "}
LARGEST_MEGABYTES = 60
MOST_PACKAGES = 12


def main(directory: Path) -> None:
    """Fails with an assertion that says what a newcomer would have met."""
    (wheel,) = directory.glob("*.whl")
    with tempfile.TemporaryDirectory() as place:
        venv.create(place, with_pip=True)
        tools = Path(place) / "bin"
        subprocess.run([tools / "pip", "install", "--quiet", wheel], check=True)
        for locale, last_line in LAST_LINES.items():
            command: list[str | Path] = [tools / "kztax", "assess", EXAMPLES / "miner-quarter.json", "--locale", locale]
            explained = subprocess.run(command, check=True, capture_output=True, cwd=place).stdout.decode()
            assert explained.splitlines()[-1].startswith(last_line), explained
        listed = subprocess.run([tools / "pip", "list", "--format=freeze"], check=True, capture_output=True)
        packages = [line for line in listed.stdout.decode().split() if not line.startswith(("pip=", "setuptools="))]
        assert len(packages) <= MOST_PACKAGES, packages
        (installed,) = (Path(place) / "lib").glob("python*/site-packages")
        ours = (path for path in installed.rglob("*") if path.is_file() and path.suffix != ".pyc")
        size = sum(path.stat().st_size for path in ours if path.parts[len(installed.parts)] not in _TOOLS) / 1e6
        assert size <= LARGEST_MEGABYTES, f"{size:.0f} MB installed"
        print(f"clean install: {len(packages)} packages, {size:.0f} MB")


_TOOLS = ("pip", "setuptools", "pkg_resources", "_distutils_hack")

if __name__ == "__main__":
    main(Path(sys.argv[1]))
