"""What `umbral doctor` asks about this feature."""

from typing import Final

from features.marks.wiring import require_key

SETTINGS_CHECKS: Final = (("bot", require_key),)
"""By process, what raises InvalidInput about its settings."""
