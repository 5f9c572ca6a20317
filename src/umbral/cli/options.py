"""What the commands' own options have in common."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Final

LIST: Final = "list"
"""What a command with several actions does when none is named."""

_EPILOG = "Settings come from the environment, or from a file with --env-file FILE."


def parser(command: str, purpose: str) -> ArgumentParser:
    """A parser of one command's options, which may not be abbreviated."""
    return ArgumentParser(prog=f"umbral {command}", description=purpose, epilog=_EPILOG, allow_abbrev=False)
