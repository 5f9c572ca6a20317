"""Option `--env-file FILE`: settings from a file, set in this process's environment before anything reads it.

The lines are python-dotenv's, read strictly and without its interpolation: a `$` is a `$`, and a line that is not
NAME=value is refused instead of skipped. A value is bare (a # after a space begins a comment), in single quotes, or in
double quotes, in which \\n is a new line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Final

_OPTION: Final = "--env-file"
_BARE: Final = re.compile(r"[A-Za-z0-9_@%+=:,./-]*\Z")

_ESCAPES: Final = re.compile(r"'|\\(?=[\\']|\Z)")
"""Characters that are escaped within single quotes; any other backslash is literal."""


class EnvFileError(Exception):
    """Error: the file cannot be read as NAME=value lines. The text says where and why."""


def moved_to_front(words: Sequence[str]) -> list[str]:
    """Return the command line with `--env-file FILE` moved before the command. The last occurrence counts.

    If the option has no file, only the option is returned, so that it is refused whatever else was given.
    """
    option: list[str] = []
    rest: list[str] = []
    words_left = iter(words)
    for word in words_left:
        if word == "--":
            rest.extend([word, *words_left])
        elif word == _OPTION:
            option = [word, *islice(words_left, 1)]
        elif word.startswith(f"{_OPTION}="):
            option = [word]
        else:
            rest.append(word)
    return option if option == [_OPTION] else [*option, *rest]


def load(path: Path) -> None:
    """Set the file's values, which override the environment.

    A blank value counts as absent and does not override.
    """
    os.environ.update({name: value for name, value in parse(path).items() if value.strip() or name not in os.environ})


def parse(path: Path) -> dict[str, str]:
    """Return the settings in a file; of two lines with one name the later counts. Raises EnvFileError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvFileError(f"{path}: {error}") from error
    values: dict[str, str] = {}
    for number, name, value in _lines(text):
        if name is None or value is None or not name.isidentifier():
            # The line itself is not shown, because it may contain a secret.
            raise EnvFileError(f"{path}, line {number}: expected NAME=value")
        values[name] = value
    return values


def _lines(text: str) -> Iterator[tuple[int, str | None, str | None]]:
    """Yield number, name and value of each line with content; None for a name or value that cannot be read."""
    from dotenv.parser import parse_stream

    for line in parse_stream(StringIO(text)):
        value = line.original.string
        blank = value[: len(value) - len(value.lstrip())].count("\n")
        if line.error or line.key is not None:
            yield line.original.line + blank, line.key, line.value


def write(path: Path, settings: Mapping[str, str]) -> None:
    """Write all settings to a file that only its owner can read."""
    part = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{name}={quote(value)}\n" for name, value in settings.items())
    part.rename(path)


def quote(value: str) -> str:
    """Return the value in the file's notation. A shell and Compose read it the same, unless it contains a `'`."""
    return value if _BARE.match(value) else "'" + _ESCAPES.sub(r"\\\g<0>", value) + "'"
