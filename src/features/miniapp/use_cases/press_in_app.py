"""Button presses in the Mini App. The web process stores a press, and the bot answers it in the same way as in the
chat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from features.miniapp.domain import AppPress, AppPressId, only_reads
from features.miniapp.jobs import AnswerPress
from features.miniapp.ports import PRESSES_KEY
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import Person, language_for
from subscriptions.domain.errors import RetryLater, UmbralError
from subscriptions.domain.ids import TelegramId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

MAX_WAITING: Final = 10
"""Maximum number of unanswered presses per person."""
WINDOW: Final = timedelta(minutes=1)


class TooManyPresses(UmbralError):
    """Error: a person presses buttons faster than they can be answered."""


class OnlyInChat(UmbralError):
    """Error: the action is available only in the chat, because the page in a plain browser only shows the status."""


@dataclass(frozen=True)
class PressInApp:
    """Use case of the web process that stores a press for the bot to answer. The web process cannot answer it, because
    it has neither the bot's token nor the providers' keys.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(
        self,
        person: Person,
        key: str,
        data: str,
        *,
        previous_id: UUID | None = None,
        index: int = 0,
        platform: str = "",
        in_browser: bool = False,
    ) -> AppPressId:
        """Record a press with the job that answers it. Idempotent per person and key.

        person: the customer, with verified identity.
        key, data: as in `AppPress`.
        previous_id, index: press whose answer contained the button, and index of the button's message within that
        answer.
        platform: as in `AnswerPress`.
        in_browser: True for a visit outside Telegram, verified by a cookie.

        Raises OnlyInChat for an action that a browser does not permit, TooManyPresses if too many presses are
        unanswered, and RetryLater if the same press is being recorded at the same time.
        """
        if in_browser and not self.policy.sells_in_browser and not only_reads(data):
            raise OnlyInChat(data)
        now = self.clock.now()
        press = AppPress(
            id=AppPressId(new_uuid()),
            person=person.telegram_id,
            key=key,
            data=data,
            before=previous_id,
            place=index,
            names={
                "first_name": person.first_name,
                "last_name": person.last_name,
                "username": person.username,
                "language_code": person.language_code,
            },
            asked_at=now,
        )
        async with self.units() as uow:
            earlier_press = await uow.of(PRESSES_KEY).by_key(person.telegram_id, key)
            if earlier_press is not None:
                return earlier_press.id
            if await uow.of(PRESSES_KEY).count_waiting(person.telegram_id, now - WINDOW) >= MAX_WAITING:
                raise TooManyPresses(str(person.telegram_id))
            if not await uow.of(PRESSES_KEY).add_if_new(press):
                raise RetryLater("the same press is being written down at this moment")
            await uow.enqueue(AnswerPress(press_id=press.id, platform=platform).keyed_job(press.id))
            await uow.commit()
        return press.id

    async def get(self, telegram_id: TelegramId, press_id: UUID) -> tuple[AppPress | None, str | None]:
        """Return a press of this person, or None if the person has no such press, and the person's language, which is
        None until the press is answered.
        """
        async with self.units() as uow:
            press = await uow.of(PRESSES_KEY).get(AppPressId(press_id))
            if press is None or press.person != telegram_id or press.messages is None:
                return (press if press is not None and press.person == telegram_id else None), None
            customer = await uow.customers.by_telegram_id(telegram_id)
        return press, customer.language if customer is not None else None


@dataclass(frozen=True)
class AnswerPresses:
    """Use case of the bot that loads button presses and stores the answers to them."""

    units: UnitOfWorkFactory
    clock: Clock

    async def press(self, press_id: UUID) -> tuple[AppPress, AppPress | None, str] | None:
        """Return a press, the press whose answer contained its button, and the person's language; None if the press is
        unknown or already answered.
        """
        async with self.units() as uow:
            press = await uow.of(PRESSES_KEY).get(AppPressId(press_id))
            if press is None or press.messages is not None:
                return None
            previous_press = (
                await uow.of(PRESSES_KEY).get(AppPressId(press.before)) if press.before is not None else None
            )
            customer = await uow.customers.by_telegram_id(press.person)
        language = customer.language if customer is not None else language_for(press.names.get("language_code"))
        return (
            press,
            previous_press if previous_press is not None and previous_press.person == press.person else None,
            language,
        )

    async def answer(self, press: AppPress, messages: Sequence[Mapping[str, object]]) -> None:
        """Store the answer to a button press."""
        async with self.units() as uow:
            await uow.of(PRESSES_KEY).answer(press.id, messages, self.clock.now())
            await uow.commit()
