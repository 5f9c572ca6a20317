"""Checks of `umbral doctor`."""

from typing import Final

from features.marks.wiring import require_key

SETTINGS_CHECKS: Final = (("bot", require_key),)
"""Checks of a process's settings, which raise InvalidInput."""
