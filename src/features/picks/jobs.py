"""Names of the jobs, defined in the core, that the feature queues."""

from typing import Final

from subscriptions.application.dto.jobs import FanOutPost

QUEUED_BY: Final = (("web", FanOutPost.name),)
"""Pairs of a process and the name of a job that the process queues but does not execute."""
