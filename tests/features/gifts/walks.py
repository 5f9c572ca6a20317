"""Data about gifts used by the tests that check every list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LISTS_OF_FEW: Final[Mapping[str, None]] = {"gifts": None}
"""Lists read by a partial index with few rows and then sorted."""
