"""Base of domain events, and the recorder that keeps them until the commit."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, dataclass_transform


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
@dataclass(frozen=True)
class DomainEvent:
    """Base of all domain events. Subclasses declare their facts as immutable fields.

    stored_as: name under which jobs store the event; set if its class had another name in an earlier release
    """

    stored_as: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(frozen=True)(cls)

    @classmethod
    def stored_name(cls) -> str:
        """Return the name under which jobs store events of this class."""
        return cls.stored_as or cls.__name__


class AlarmRaised(DomainEvent):
    """An alarm was raised.

    key: identifies the alarm; further detections with the same key do not create another alarm
    facts: details, shown to the owner
    at: time of the detection; None for the time of processing
    """

    key: str
    kind: str
    facts: tuple[tuple[str, str], ...] = ()
    at: datetime | None = field(default=None, compare=False)


@dataclass(slots=True)
class Recorder:
    """Recorder of an entity's events. The unit of work turns the recorded events into jobs at the commit."""

    recorded_events: list[DomainEvent] = field(default_factory=list)

    def record(self, event: DomainEvent) -> None:
        """Add an event."""
        self.recorded_events.append(event)

    def drain(self) -> list[DomainEvent]:
        """Return and clear the recorded events."""
        events, self.recorded_events = self.recorded_events, []
        return events
