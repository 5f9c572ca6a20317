"""What all domain events have in common, and who keeps them until they are committed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import dataclass_transform


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
@dataclass(frozen=True)
class DomainEvent:
    """Base of all domain events: a subclass names its facts as fields, which do not change."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(frozen=True)(cls)


class AlarmRaised(DomainEvent):
    """Something needs a person. key makes it one alarm however often it is seen; facts are shown to the owner.

    at: when its cause was seen; None: as it is told.
    """

    key: str
    kind: str
    facts: tuple[tuple[str, str], ...] = ()
    at: datetime | None = field(default=None, compare=False)


@dataclass(slots=True)
class Recorder:
    """Keeps an entity's events until the unit of work drains them into jobs at commit."""

    recorded_events: list[DomainEvent] = field(default_factory=list)

    def record(self, event: DomainEvent) -> None:
        """Remember that `event` happened."""
        self.recorded_events.append(event)

    def drain(self) -> list[DomainEvent]:
        """Hand the recorded events over, once."""
        events, self.recorded_events = self.recorded_events, []
        return events
