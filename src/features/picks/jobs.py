"""Names of the core's jobs that the feature queues."""

from typing import Final

from subscriptions.application.dto.jobs import FanOutPost

QUEUED_BY: Final = (("web", FanOutPost.name),)
"""Processes that queue a job without executing it."""
