"""`python -m kztax` is the installed command."""

from kztax.cli import run

run()
