"""What every job's payload can do."""

from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict

from subscriptions.domain.ports.job_queue import Job, Priority


class JobPayload(BaseModel):
    """Base of all payloads. Unknown fields of a newer version are kept out of the way, not refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: ClassVar[str]
    priority: ClassVar[Priority] = Priority.NORMAL
    goes_by_time: ClassVar[bool] = False
    """Whether it ends, removes or reminds because time has passed, and waits while nobody is sure what time it is."""
    v: Literal[1] = 1

    def urgency(self) -> Priority:
        """How urgent this very job is; by default as all of its kind."""
        return self.priority

    def job(self) -> Job:
        """This payload as a row for the queue."""
        return Job(name=self.name, payload=self.model_dump(mode="json"), priority=self.urgency())

    def keyed_job(self, key: object) -> Job:
        """The same as a row of which one per key waits at most: asking twice asks once."""
        return replace(self.job(), key=str(key))

    def delayed_job(self, at: datetime, key: object) -> Job:
        """The same as a row that waits for business time; one per key waits at most."""
        return replace(self.job(), not_before=at, key=str(key))

    @classmethod
    def parse(cls, payload: object) -> Self:
        """Parse what came from the queue. Raises pydantic.ValidationError for a payload of another version."""
        return cls.model_validate(payload)
