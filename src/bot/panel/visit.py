"""One step of somebody of staff in the panel, and what the panel's pages are given."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from aiogram import Bot
from aiogram.types import CallbackQuery, Message

from bot.panel.data import full_id
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.bootstrap.panel import PanelContainer
from subscriptions.domain.entities.customer import Customer, Role
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.services.staff_policy import may


class Stale(UmbralError):
    """The button is about something that is not there any more, or not as it was."""


@dataclass(frozen=True)
class Visit:
    """staff: who acts, as known at this moment. parts: what the pressed button carries after the page's name."""

    event: CallbackQuery | Message
    staff: Customer
    t: Texts
    bot: Bot
    use: PanelContainer
    parts: tuple[str, ...] = ()

    @property
    def who(self) -> TelegramId:
        """The actor of every use case."""
        return self.staff.telegram_id

    @property
    def role(self) -> Role | None:
        """What decides which buttons are shown. What is done is decided again when it is done."""
        return self.staff.staff_role

    def may(self, action: Permission) -> bool:
        """Whether to show the way to an action."""
        return may(self.role, action) and self.use.core.features().allows(action)

    async def names(self, *actors: object) -> Mapping[str, str]:
        """How these people of the team are called, by their Telegram ids as text."""
        return await self.use.name_actors()({str(actor) for actor in actors})

    def part(self, place: int = 0) -> str:
        """A part of the button. Raises Stale where it has none."""
        if place >= len(self.parts):
            raise Stale("a button without its part")
        return self.parts[place]

    def id(self, place: int = 0) -> UUID:
        """A part that is an id. Raises Stale."""
        found_long = full_id(self.part(place))
        if found_long is None:
            raise Stale("a button with a part that is no id")
        return found_long

    def number(self, place: int = 0) -> int:
        """A part that is a number, 0 where there is none. Raises Stale."""
        if place >= len(self.parts):
            return 0
        if not self.parts[place].isdecimal() or len(self.parts[place]) > 9:
            raise Stale("a button with a part that is no number")
        return int(self.parts[place])


@dataclass(frozen=True)
class Page:
    """A place in the panel, or a press that does something. action: what one must be allowed to.

    show: the screen that follows; None where it sent what there is to see itself.
    """

    action: Permission
    show: Callable[[Visit], Awaitable[Screen | None]]
