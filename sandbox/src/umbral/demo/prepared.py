"""Marker of a prepared database, with which a second start skips the preparation.

The preparation takes as long to load as a process of the product, and would find nothing to do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from umbral.demo.participants import Participants


class Prepared:
    """Marker of a prepared database, stored in a file, and valid only for the same code, settings and participants."""

    def __init__(self, mark: Path, settings: Mapping[str, str], participants: Participants) -> None:
        """Calculate the expected marker; the file need not exist."""
        self._mark = mark
        self._wanted = _fingerprint(settings, participants)

    @property
    def already(self) -> bool:
        """Return True if the file contains the expected marker."""
        return self._mark.exists() and self._mark.read_text() == self._wanted

    def remember(self) -> None:
        """Write the marker."""
        self._mark.write_text(self._wanted)


def _fingerprint(settings: Mapping[str, str], participants: Participants) -> str:
    digest = hashlib.sha256(repr(sorted(settings.items())).encode() + repr(participants).encode())
    for path in sorted(_sources()):
        about = path.stat()
        digest.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    """Yield the source files of the product's core and its migrations, installed or in a checkout."""
    spec = find_spec("subscriptions")
    for location in (spec and spec.submodule_search_locations) or ():
        yield from Path(location).rglob("*.py")
        yield from (Path(location) / "../../migrations").rglob("*.py")
        yield from (Path(location) / "../features").rglob("migrations/*.py")
