"""A staff member's request in the panel (`Visit`), and the declaration of a panel page (`Page`)."""

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
    """Request of a staff member in the panel.

    staff: staff member who made the request. parts: the button's callback data after the page's name.
    """

    event: CallbackQuery | Message
    staff: Customer
    t: Texts
    bot: Bot
    use: PanelContainer
    parts: tuple[str, ...] = ()

    @property
    def who(self) -> TelegramId:
        """Telegram id of the staff member, for use cases."""
        return self.staff.telegram_id

    @property
    def role(self) -> Role | None:
        """The staff member's role, which determines the buttons to show; None for a customer who is not staff. Use
        cases check the permission again.
        """
        return self.staff.staff_role

    def may(self, action: Permission) -> bool:
        """Return True if the staff member has the permission and its feature is available."""
        return may(self.role, action) and self.use.core.features().allows(action)

    async def names(self, *actors: object) -> Mapping[str, str]:
        """Return the names of staff members, keyed by their Telegram ids as text."""
        return await self.use.name_actors()({str(actor) for actor in actors})

    def part(self, index: int = 0) -> str:
        """Return a part of the button's data by its position. Raises Stale if the part is missing."""
        if index >= len(self.parts):
            raise Stale("a button without its part")
        return self.parts[index]

    def id(self, index: int = 0) -> UUID:
        """Return a part of the button's data as an id. Raises Stale if the part is missing or not an id."""
        found_long = full_id(self.part(index))
        if found_long is None:
            raise Stale("a button with a part that is no id")
        return found_long

    def number(self, index: int = 0) -> int:
        """Return a part of the button's data as a number, or 0 if the part is missing. Raises Stale if the part is not
        a number.
        """
        if index >= len(self.parts):
            return 0
        if not self.parts[index].isdecimal() or len(self.parts[index]) > 9:
            raise Stale("a button with a part that is no number")
        return int(self.parts[index])


@dataclass(frozen=True)
class Page:
    """Page of the panel, or a button that carries out a command. action: the required permission.

    feature: name of the feature that adds the page; empty for a page of the core.
    show: function that returns the next screen, or None if the page has already sent its result.
    """

    action: Permission
    show: Callable[[Visit], Awaitable[Screen | None]]
    feature: str = ""
