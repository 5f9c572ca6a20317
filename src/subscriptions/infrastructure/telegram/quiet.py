"""Quiet hours, in which messages are sent without a sound (`disable_notification` of the Bot API)."""

from collections.abc import Callable

Quiet = Callable[[], bool]


def no_quiet_hours() -> bool:
    """Return False, for an installation without quiet hours."""
    return False
