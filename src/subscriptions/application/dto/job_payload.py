"""Base class of all job payloads, with their conversion from and to queue rows."""

from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict

from subscriptions.domain.ports.job_queue import Job, Priority


class JobPayload(BaseModel):
    """Base class of all job payloads. Unknown fields of a newer version are ignored. A renamed field is still written
    and read under its former name, which is declared as an alias.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True, serialize_by_alias=True)
    name: ClassVar[str]
    priority: ClassVar[Priority] = Priority.NORMAL
    goes_by_time: ClassVar[bool] = False
    """True if the job ends access, removes people or sends reminders because time has passed. Such a job waits while
    the current time is uncertain.
    """
    v: Literal[1] = 1

    def urgency(self) -> Priority:
        """Return the priority of this job; by default, the `priority` of its class."""
        return self.priority

    def job(self) -> Job:
        """Return the job as a row for the queue."""
        return Job(name=self.name, payload=self.model_dump(mode="json"), priority=self.urgency())

    def keyed_job(self, key: object) -> Job:
        """Return the job as a row for the queue, with a key. At most one row per key waits, so queuing the job twice
        has no effect.
        """
        return replace(self.job(), key=str(key))

    def delayed_job(self, at: datetime, key: object) -> Job:
        """Return the job as a row for the queue, with a key and a start time on the business clock. At most one row per
        key waits.
        """
        return replace(self.job(), not_before=at, key=str(key))

    @classmethod
    def parse(cls, payload: object) -> Self:
        """Parse a payload from the queue. Raises pydantic.ValidationError for a payload of another version."""
        return cls.model_validate(payload)
