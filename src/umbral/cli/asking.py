"""Input from the operator, on a terminal or line by line from standard input."""

from __future__ import annotations

import sys
from getpass import getpass


def ask(prompt: str, *, is_secret: bool = False) -> str:
    """Return one line as typed. is_secret: True to hide the line on a terminal. Raises EOFError at the end of the
    input.
    """
    if sys.stdin.isatty():
        return getpass(prompt) if is_secret else input(prompt)
    print(prompt, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")
