"""File of a campaign's results, from which an interrupted campaign continues."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.chaos.session import Outcome
from tests.chaos.steps import Point, Recording, Strike

_ROOT = Path(__file__).parent.parent.parent
_SOURCES = ("src", "sandbox/src", "migrations")


class Results:
    """Results file of one flow and seed: the recorded steps in the first line, then one line for each run."""

    def __init__(self, path: Path | None, *, go_on: bool) -> None:
        """path: file of the results; None stores no results. go_on: True continues with the content of the file;
        otherwise the file is emptied.

        Raises ValueError if the file was written with other sources, because its results do not apply to the current
        sources.
        """
        self._path = path
        self.recording: Recording | None = None
        self.outcomes: list[Outcome] = []
        if path is None:
            return
        path.parent.mkdir(exist_ok=True)
        if go_on and path.exists():
            self._read(path)
        else:
            path.write_text("")

    def _read(self, path: Path) -> None:
        # An incomplete last line, written when the run was killed, is cut off.
        whole, _, _ = path.read_text().rpartition("\n")
        lines = whole.splitlines()
        if not lines:
            return
        head, *plays = map(json.loads, lines)
        if head["sources"] != _digest():
            raise ValueError(f"{path.name} was begun with other sources of the product: begin anew")
        path.write_text(f"{whole}\n")
        self.recording = Recording({Point(*words): count for words, count in head["recording"]})
        self.outcomes = [_outcome(play) for play in plays]

    def record(self, recording: Recording) -> None:
        """Store the recorded steps at the beginning of the file."""
        self.recording = recording
        points = [
            [[point.process, point.kind, point.target, point.what], count] for point, count in recording.passed.items()
        ]
        self._write({"sources": _digest(), "recording": points})

    def add(self, outcome: Outcome) -> None:
        """Store the outcome of one run."""
        self.outcomes.append(outcome)
        self._write(
            {
                "flow": outcome.flow,
                "strikes": _words(outcome.strikes),
                "hits": _words(outcome.hits),
                "broken": outcome.broken,
                "nudges": outcome.nudges,
                "seconds": round(outcome.seconds, 1),
            }
        )

    def _write(self, what: Mapping[str, Any]) -> None:
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(f"{json.dumps(what)}\n")


def _words(strikes: Iterable[Strike]) -> list[list[str | int]]:
    return [strike.words() for strike in strikes]


def _outcome(play: Mapping[str, Any]) -> Outcome:
    strikes, hits = (tuple(map(Strike.of, play[which])) for which in ("strikes", "hits"))
    return Outcome(play["flow"], strikes, hits, tuple(play["broken"]), play["nudges"], play["seconds"])


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for folder in _SOURCES for path in (_ROOT / folder).rglob("*.py")):
        digest.update(f"{path.relative_to(_ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()
