"""Settings checks of the feature for `umbral doctor`."""

from typing import Final

from features.marks.wiring import require_key

SETTINGS_CHECKS: Final = (("bot", require_key),)
"""Pairs of a process and a check of its settings; a check raises InvalidInput."""
