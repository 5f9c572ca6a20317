"""Names of the core's jobs that the feature queues."""

from typing import Final

from subscriptions.application.dto.jobs import FanOutPost

QUEUED_BY: Final = (("web", FanOutPost.name),)
"""Pairs of a process and the jobs that it queues without executing them."""
