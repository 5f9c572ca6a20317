"""Data about gifts used by the tests that check every list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LISTS_OF_FEW: Final[Mapping[str, None]] = {"gifts": None}
"""Lists that the database reads through a partial index with few rows, and then sorts."""
