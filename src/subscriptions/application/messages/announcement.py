"""Base class of all messages to customers. The class of each kind loads the facts of the message when it is sent."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from subscriptions.application.dto.policy import Policy
from subscriptions.application.features import StateOf, all_on
from subscriptions.domain.entities.notification import Message, MessageKind
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Sources:
    """Data sources for the facts of a message.

    now: time of sending
    customer_id: recipient; None until the recipient is known
    """

    uow: UnitOfWork
    policy: Policy
    now: datetime
    customer_id: CustomerId | None = None
    state_of: StateOf = all_on


class Announcement(Message):
    """Message to a customer. A subclass declares its kind, as in `class Renewed(..., kind=MessageKind.RENEWED)`."""

    def __init_subclass__(cls, *, kind: str | None = None, may_need_help: bool = False) -> None:
        """Register a message class under its kind. `kind`: None for a shared base of several kinds. `may_need_help`:
        True to offer help with the message.
        """
        super().__init_subclass__()
        if kind is not None:
            if kind in ANNOUNCEMENTS:
                raise TypeError(f"two kinds of message are called {kind}")
            cls.kind, cls.may_need_help = kind, may_need_help
            ANNOUNCEMENTS[kind] = cls

    @classmethod
    @abstractmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Load and return the message about `subject`, whose type depends on the kind of message. Return None if the
        message no longer applies.
        """
        ...


ANNOUNCEMENTS: Final[dict[str, type[Announcement]]] = {}
"""Message classes, keyed by the name of their kind. `alarm` is not included, because its recipients are owners."""


class AlarmMessage(Message):
    """Alarm in the form in which it is sent to each owner.

    alarm: name of the kind of alarm
    facts: facts, shown unchanged
    """

    kind = MessageKind.ALARM
    is_for_staff = True
    alarm: str
    facts: dict[str, str]

    def to_params(self) -> dict[str, str]:
        """Return the alarm's kind and its facts. Add nothing else, because all parameters are shown."""
        return {"alarm": self.alarm, **self.facts}
