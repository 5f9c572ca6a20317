"""Middleware that records the customer before a handler runs and passes texts in the customer's language."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject, User

from bot.feature import StartLinks
from bot.texts import texts_for
from subscriptions.application.people.customers import MeetCustomer, Person
from subscriptions.application.people.operators import AppointOwners
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.services.zones import Zones

_SOURCE: Final = re.compile(r"/start(?:@\w+)? (?:src_)?((?<=src_)[A-Za-z0-9_-]{1,60}|promo_[A-Za-z0-9_-]{3,24})\s*")
"""Pattern of a campaign's or a promotion's start link. The acquisition source of a promotion's link is its code."""

_PAYLOAD: Final = re.compile(r"/start(?:@\w+)? (\S{1,64})\s*")


def person_of(user: User) -> Person:
    """Convert a Telegram user into a person of the domain."""
    return Person(
        telegram_id=TelegramId(user.id),
        first_name=user.first_name,
        last_name=user.last_name or None,
        username=user.username,
        language_code=user.language_code,
    )


class CustomerMiddleware(BaseMiddleware):
    """Middleware that passes `customer`, `t` (texts in the customer's language) and `start_links` of features to
    handlers.
    """

    def __init__(
        self, meet_customer: MeetCustomer, appoint_owners: AppointOwners, zones: Zones, start_links: StartLinks
    ) -> None:
        self._zones = zones
        self._start_links = start_links
        self._meet_customer = meet_customer
        self._appoint_owners = appoint_owners

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Record the customer and call the handler. Updates without a sender are dropped. Implements
        `aiogram.BaseMiddleware`.
        """
        if not isinstance(event, Message | CallbackQuery) or event.from_user is None:
            return None
        payload = _payload(event)
        source = self._start_links.source(payload) or _campaign(event)
        referrer = self._start_links.referrer(payload)
        customer = await self._meet_customer(person_of(event.from_user), source=source, referrer=referrer)
        await self._appoint_owners(customer)
        t = texts_for(customer.language, self._zones, customer.zone)
        found = {"customer": customer, "t": t, "start_links": self._start_links}
        return await handler(event, {**data, **found})


def _payload(event: Message | CallbackQuery) -> str:
    match = _PAYLOAD.fullmatch(event.text or "") if isinstance(event, Message) else None
    return match[1] if match else ""


def _campaign(event: Message | CallbackQuery) -> str | None:
    match = _SOURCE.fullmatch(event.text or "") if isinstance(event, Message) else None
    return match[1] if match else None
