"""Files that an operator names on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.file_text import decode_file

_MEGABYTE: Final = 1024 * 1024
_MOST: Final = 50 * _MEGABYTE


def read_text(file: Path) -> str:
    """Return the text of a file. Raises InvalidInput with the reason and the remedy if the file cannot be read."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST + 1)
    except OSError as error:
        raise InvalidInput("file", f"can't be read: {error.strerror}") from error
    if len(content) > _MOST:
        raise InvalidInput("file", f"has more than {_MOST // _MEGABYTE} MB: split it")
    return decode_file(content)


def write_content(content: bytes, output: Path | None) -> None:
    """Write content to a file, or to standard output without one. Raises InvalidInput if the file cannot be written.

    It is written as bytes, because a terminal's encoding and line endings differ from the file's.
    """
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InvalidInput("--output", f"{output} can't be written: {error.strerror}; name another file") from error


def write_text(text: str, output: Path | None) -> None:
    """Write text as `write_content` does, or in the terminal's encoding to standard output."""
    if output is None:
        sys.stdout.write(text)
    else:
        write_content(text.encode(), output)


@contextmanager
def in_file(file: Path) -> Iterator[None]:
    """Put the file's name in front of each error about its content."""
    try:
        yield
    except InvalidInput as error:
        field = str(file) if error.field == "file" else f"{file}, {error.field}"
        raise InvalidInput(field, error.problem) from error
