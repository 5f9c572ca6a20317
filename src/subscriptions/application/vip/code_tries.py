"""Limit on the codes and links that a person can guess in the chat."""

from dataclasses import dataclass

from subscriptions.application.alarms.alarm_kind import AlarmKind, News
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class CodesGuessed(AlarmKind):
    """Alarm: within an hour, a person tried five codes, or twenty single words, that do not exist. For the rest of the
    hour, none of the person's codes and links is looked at.
    """

    name = "codes_guessed"
    closes = News()
    telegram_id: TelegramId


@dataclass(frozen=True)
class CodeTries:
    """Use case that counts the codes of all kinds that a person tried and that do not exist.

    The updates of a chat are processed in their order, so a person's tries are counted one after another.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def are_left(self, telegram_id: TelegramId) -> bool:
        """Return False if none of the person's codes is to be looked at, because too many did not exist."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
        return customer.may_try_codes(self.clock.now())

    async def miss(self, telegram_id: TelegramId, *, is_word: bool = False) -> None:
        """Count a code that does not exist, and alert the owners to the last one that the person may try. `is_word`:
        see `Customer.miss_code`.
        """
        now = self.clock.now()
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id, lock=True)
            if customer.miss_code(now, is_word=is_word):
                alarm = CodesGuessed(telegram_id=telegram_id)
                uow.record(alarm.raise_event(f"{alarm.name}:{customer.id}:{now.isoformat()}"))
            await uow.customers.save(customer)
            await uow.commit()
