"""Check of the watermark key in the settings, for `umbral doctor`."""

from typing import Final

from features.marks.wiring import require_key

SETTINGS_CHECKS: Final = (("bot", require_key),)
"""Pairs of a process and a function that checks the process's settings. The function raises InvalidInput if a setting
is invalid.
"""
