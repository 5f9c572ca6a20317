"""Jobs for other processes. A job is stored as a row in the same transaction as the change that causes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Priority(IntEnum):
    """Priority of a job. Jobs of higher priority run first, so that customers who have paid do not wait."""

    LOW = 0
    NORMAL = 10
    HIGH = 20


@dataclass(frozen=True, kw_only=True)
class Job:
    """Job to enqueue.

    name: `{process}.{action}`
    payload: JSON with its version `v`, the contract between processes
    not_before: time by the Clock port until which the job waits in the table `due_jobs`; None to run at once
    key: deduplication key; at most one waiting job has it
    cause: trace of the cause (see `tracing`); None takes the trace of the caller
    """

    name: str
    payload: Mapping[str, object]
    priority: Priority = Priority.NORMAL
    not_before: datetime | None = None
    key: str | None = None
    cause: str | None = None
