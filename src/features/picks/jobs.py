"""Jobs of the core that the feature queues."""

from typing import Final

from subscriptions.application.dto.jobs import FanOutPick

QUEUED_BY: Final = (("web", FanOutPick.name),)
"""Processes that queue a job without executing it."""
