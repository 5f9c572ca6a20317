"""`--env-file FILE`: settings from a file, put into this process's environment before anything reads it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

_OPTION = "--env-file"


class EnvFileError(Exception):
    """The file cannot be read as NAME=value lines; the text says where and why."""


def taken_from(words: Sequence[str]) -> tuple[list[str], Path | None]:
    """The command line without `--env-file FILE`, wherever it stood, and FILE."""
    rest: list[str] = []
    found: Path | None = None
    remaining = iter(words)
    for word in remaining:
        name, equals, value = word.partition("=")
        if word == "--":
            rest.extend([word, *remaining])
        elif name != _OPTION:
            rest.append(word)
        else:
            value = value if equals else next(remaining, "")
            if not value:
                raise EnvFileError(f"{_OPTION} needs a file")
            found = Path(value)
    return rest, found


def load(path: Path) -> None:
    """Set what the file says, over what the environment says: a file that was named is meant."""
    os.environ.update(parse(path))


def parse(path: Path) -> dict[str, str]:
    """The settings in a file of NAME=value lines, quoted as for a shell where need be; # begins a comment."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EnvFileError(f"{path}: {error}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        try:
            words = shlex.split(line.removeprefix("export "), comments=True)
        except ValueError as error:
            raise EnvFileError(f"{path}, line {number}: {error}") from error
        if not words:
            continue
        name, equals, _ = words[0].partition("=")
        if len(words) > 1 or not equals or not name.isidentifier():
            # The line itself stays unsaid: it may hold a secret.
            raise EnvFileError(f"{path}, line {number}: expected NAME=value")
        found[name] = words[0].partition("=")[2]
    return found


def write(path: Path, settings: Mapping[str, str]) -> None:
    """Write the settings whole, readable by their owner alone."""
    part = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{name}={shlex.quote(value)}\n" for name, value in settings.items())
    part.rename(path)
