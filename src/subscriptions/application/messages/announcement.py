"""What every message to a customer is: gathered at the moment it is told, by the class of its kind."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.notification import Message, MessageKind
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Sources:
    """Where facts come from. now: the moment of telling. customer_id: who is told; None where nobody is yet."""

    uow: UnitOfWork
    policy: Policy
    now: datetime
    customer_id: CustomerId | None = None


class Announcement(Message):
    """A message to a customer. A class that names its kind says it: `class Renewed(…, kind=MessageKind.RENEWED)`."""

    def __init_subclass__(cls, *, kind: MessageKind | None = None, may_need_help: bool = False) -> None:
        """kind: None for what several kinds have in common."""
        super().__init_subclass__()
        if kind is not None:
            cls.kind, cls.may_need_help = kind, may_need_help
            ANNOUNCEMENTS[kind] = cls

    @classmethod
    @abstractmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """Read what is to be said about `subject`, whose meaning depends on the kind. None: nothing any more."""
        ...


ANNOUNCEMENTS: Final[dict[str, type[Announcement]]] = {}
"""The class of every kind, by its word. Who is told `alarm` is no customer: it is not among them."""


class AlarmMessage(Message):
    """An alarm, as each owner gets it. alarm: what is wrong. facts: shown as they are."""

    kind = MessageKind.ALARM
    is_for_staff = True
    alarm: str
    facts: dict[str, str]

    def to_params(self) -> dict[str, str]:
        """The facts stand beside the alarm's own word; nothing else may, for all of it is shown."""
        return {"alarm": self.alarm, **self.facts}
