"""One request of a staff member in the panel, and the panel's page type."""

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
    """Raised if a button's subject no longer exists or has changed."""


@dataclass(frozen=True)
class Visit:
    """A request of a staff member. staff: the actor. parts: the button's callback data after the page's name."""

    event: CallbackQuery | Message
    staff: Customer
    t: Texts
    bot: Bot
    use: PanelContainer
    parts: tuple[str, ...] = ()

    @property
    def who(self) -> TelegramId:
        """Telegram id of the actor, for use cases."""
        return self.staff.telegram_id

    @property
    def role(self) -> Role | None:
        """The actor's role, which decides the buttons to show. Use cases check the permission again."""
        return self.staff.staff_role

    def may(self, action: Permission) -> bool:
        """Return True if the actor may see the button of an action."""
        return may(self.role, action) and self.use.core.features().allows(action)

    async def names(self, *actors: object) -> Mapping[str, str]:
        """Return the names of staff members by their Telegram ids as text."""
        return await self.use.name_actors()({str(actor) for actor in actors})

    def part(self, place: int = 0) -> str:
        """Return a part of the button's data. Raises Stale if it is missing."""
        if place >= len(self.parts):
            raise Stale("a button without its part")
        return self.parts[place]

    def id(self, place: int = 0) -> UUID:
        """Return a part of the button's data that is an id. Raises Stale."""
        found_long = full_id(self.part(place))
        if found_long is None:
            raise Stale("a button with a part that is no id")
        return found_long

    def number(self, place: int = 0) -> int:
        """Return a part of the button's data that is a number, 0 if it is missing. Raises Stale."""
        if place >= len(self.parts):
            return 0
        if not self.parts[place].isdecimal() or len(self.parts[place]) > 9:
            raise Stale("a button with a part that is no number")
        return int(self.parts[place])


@dataclass(frozen=True)
class Page:
    """Page of the panel, or a press that carries out a command. action: the required permission.

    show: returns the next screen, or None if it sent the result itself.
    """

    action: Permission
    show: Callable[[Visit], Awaitable[Screen | None]]
