"""Files before any plugin reads them: names to speak of them by, whether they may be read, what an unknown one is."""

from __future__ import annotations

import hashlib
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kztax.core.errors import UnreadableInput
from kztax.core.words import shown

LARGEST_BYTES = 8 * 1024**3
LOOKED_AT = 64 * 1024
READERS_BY = "kztax-exchanges"
"""The distribution of the project that reads exports."""
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\xd0\xcf\x11\xe0")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def names(paths: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Each file with the name it is spoken of by: its own, or, where two are called alike, the whole path."""
    listed = list(paths)
    counted = Counter(path.name for path in listed)
    for path in listed:
        yield shown(path.name if counted[path.name] == 1 else str(path)), path


def check(path: Path, name: str) -> None:
    """Raise `UnreadableInput` for what is no file, is empty, or larger than any export."""
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise UnreadableInput("cannot_read", path=(name,), problem=problem) from error
    # A device or a pipe would be read for ever, and only once.
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableInput("not_a_file", path=(name,))
    if found.st_size == 0:
        raise UnreadableInput("empty_input", path=(name,))
    if found.st_size > LARGEST_BYTES:
        raise UnreadableInput("file_too_large", path=(name,), limit=LARGEST_BYTES)


def unknown(path: Path, name: str, *, readers: bool) -> UnreadableInput:
    """What to say of a file that no plugin knows; `readers` is whether there are plugins that read files at all."""
    with path.open("rb") as content:
        start = content.read(LOOKED_AT)
    if start.startswith(_ARCHIVES):
        return UnreadableInput("ledger_archive", path=(name,))
    if start.startswith(_UTF16):
        return UnreadableInput("not_utf8", path=(name,), position=0)
    if b"\0" in start:
        return UnreadableInput("not_text_but_nul", path=(name,), line=start.count(b"\n", 0, start.index(b"\0")) + 1)
    first = start.split(b"\n", 1)[0]
    try:
        text = first.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return UnreadableInput("not_utf8", path=(name,), position=error.start)
    if not readers:
        return UnreadableInput("ledger_no_reader", path=(name,), distribution=READERS_BY)
    return UnreadableInput("ledger_unknown_format", path=(name,), first=shown(text.strip(), 200))


@dataclass(slots=True)
class Contents:
    """Finds a file whose content was given already. Files are read for it only where their sizes agree."""

    by_size: dict[int, list[tuple[Path, str]]] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)

    def twin(self, path: Path, name: str) -> str | None:
        """The name of the earlier file with the same content."""
        alike = self.by_size.setdefault(path.stat().st_size, [])
        for other_path, other in alike:
            if self._digest(other_path) == self._digest(path):
                return other
        alike.append((path, name))
        return None

    def _digest(self, path: Path) -> bytes:
        if str(path) not in self.digests:
            with path.open("rb") as content:
                self.digests[str(path)] = hashlib.file_digest(content, "sha256").digest()
        return self.digests[str(path)]
