"""Runs what a page says of the shell, step by step, in an environment of its own that has what this one has.

A page names files (```text rates.csv) and commands with what they show (```console, `$ command`); `…` on a line elides.
All of it becomes one run of the shell, so that `cd`, `export` and what was installed last from step to step.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

ELLIPSIS = "…"
_BLOCK = re.compile(r"^```(\w+)(?: ([\w./-]+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_END = "--- end of step"
_END_OF_FILE = "--- end of file"
# The new environment also has what this one has: kztax as it is being tested, pytest, hatchling. Nothing is fetched.
_AS_THIS_ONE = f"""
echo "import site; site.addsitedir('{sysconfig.get_path("purelib")}')" \\
    > {{made}}/lib/python{sysconfig.get_python_version()}/site-packages/_as_this_one.pth
printf '#!/bin/sh\\nexec "$(dirname "$0")/python" -m kztax "$@"\\n' > {{made}}/bin/kztax && chmod +x {{made}}/bin/kztax
"""
# The switch of build isolation counts the wrong way round: 0 switches it off, which is how pip reads it.
_OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


class Step(NamedTuple):
    """A command, or a file to write; and what the page shows of it."""

    command: str
    shown: str = ""


def steps_of(page: Path) -> list[Step]:
    """The steps of a page, in order."""
    steps: list[Step] = []
    for language, name, content in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if name:
            made = f"mkdir -p {Path(name).parent} && cat > {name}"
            steps.append(Step(f"{made} <<'{_END_OF_FILE}'\n{content}{_END_OF_FILE}"))
        elif language == "console":
            for step in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
                command, _, shown = step.partition("\n")
                steps.append(Step(command, shown))
    return steps


def run(steps: list[Step], directory: Path) -> list[str]:
    """What each step shows. A step that fails ends the test with what it said."""
    script = ["set -e"]
    for command, _ in steps:
        script.append(command)
        if made := re.fullmatch(r"python3 -m venv (\S+)", command):
            script.append(_AS_THIS_ONE.format(made=made[1]))
        script.append(f"echo '{_END}'")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("KZTAX_", "PYTHON"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=directory,
        env={**clean, **_OFFLINE, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    shown = done.stdout.split(f"{_END}\n")
    assert done.returncode == 0, f"{steps[min(len(shown), len(steps)) - 1].command}\n{shown[-1]}\n{done.stderr}"
    return shown[:-1]


def check(steps: list[Step], directory: Path) -> None:
    """Every step runs and shows what its page says."""
    for step, said in zip(steps, run(steps, directory), strict=True):
        assert re.fullmatch(_pattern(step.shown), said.rstrip("\n")), f"$ {step.command}\n{said}"


def _pattern(shown: str) -> str:
    pieces = shown.rstrip("\n").replace(f"{ELLIPSIS}\n", ELLIPSIS).replace(f"\n{ELLIPSIS}", ELLIPSIS).split(ELLIPSIS)
    return r"(?s:.*)".join(map(re.escape, pieces))
