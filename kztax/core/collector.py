"""The garbage collector, left aside while long-lived things are made by the hundred thousand.

A walk over a ledger makes millions of small objects that all stay: the collector would look through every one of them
again and again and find nothing, for more time than the walk itself takes.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_aside() -> Iterator[None]:
    """No collection of cycles inside; one that was already switched off stays so."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
