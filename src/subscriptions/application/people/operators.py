"""The operator's bots and owners, which the bot process publishes in the database for the other processes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from subscriptions.domain.entities.customer import Customer, Role, StaffRole
from subscriptions.domain.entities.userbot_account import Bot
from subscriptions.domain.entities.variable import numbers, text
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

OWNERS: Final = numbers("owner_telegram_ids", ",")
"""Variable in which the bot process publishes the owners from the settings."""


WHITELIST: Final = numbers("whitelisted_telegram_ids", ",")
"""Variable with people who are never removed from a chat although they are not staff."""

log = structlog.get_logger(__name__)

BOT_USERNAME: Final = text("bot_username")
"""Variable with the username of the subscription bot."""


@dataclass(frozen=True)
class BotName:
    """Telegram bot with its id and username."""

    telegram_id: int
    username: str


@dataclass(frozen=True)
class IntroduceBots:
    """Use case that publishes the usernames and roles of the operator's bots for processes without a bot token."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, subscription: BotName, senders: Sequence[BotName]) -> None:
        """Publish the names. A repeated call updates them."""
        now = self.clock.now()
        bots_by_role = [(subscription, "subscription"), *((bot, "sender") for bot in senders)]
        async with self.units() as uow:
            for bot, role in bots_by_role:
                await uow.accounts.save_bot(
                    Bot(telegram_id=bot.telegram_id, username=bot.username, role=role, updated_at=now)
                )
            await uow.variables.set(BOT_USERNAME, subscription.username)
            await uow.commit()
        log.info("bots introduced", bot=subscription.username, senders=len(senders))


@dataclass(frozen=True)
class KeepWhitelist:
    """Use case that publishes the people whom the settings exempt from removal from channels."""

    units: UnitOfWorkFactory

    async def __call__(self, people: Iterable[int]) -> None:
        """Replace the published list. Idempotent."""
        async with self.units() as uow:
            await uow.variables.set(WHITELIST, frozenset(people))
            await uow.commit()


@dataclass(frozen=True)
class AppointOwners:
    """Use case that gives the configured owners their role once they are customers."""

    units: UnitOfWorkFactory
    clock: Clock
    owners: frozenset[TelegramId]

    async def appoint_known(self) -> None:
        """Appoint all owners known to the bot, and publish the list of owners for the other processes.

        A former owner who is no longer in the settings loses the role.
        """
        async with self.units() as uow:
            await uow.variables.set(OWNERS, self.owners)
            former = [each.telegram_id for each in await uow.customers.staff() if each.staff_role is StaffRole.OWNER]
            await uow.commit()
        for owner in sorted(self.owners):
            await self._appoint(owner)
        for person in former:
            if person not in self.owners:
                await self._dismiss(person)

    async def __call__(self, customer: Customer) -> None:
        """Appoint this customer if the settings name them as an owner."""
        if customer.telegram_id in self.owners and customer.staff_role is not StaffRole.OWNER:
            await self._appoint(customer.telegram_id)

    async def _appoint(self, owner: TelegramId) -> None:
        await self._change(owner, StaffRole.OWNER, "staff.appointed", "named in the settings")

    async def _dismiss(self, person: TelegramId) -> None:
        await self._change(person, None, "staff.dismissed", "named in the settings no more")

    async def _change(self, person: TelegramId, role: Role | None, action: str, reason: str) -> None:
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(person, lock=True)
            if customer is None or customer.staff_role is role:
                return
            customer.staff_role = role
            await uow.customers.save(customer)
            await uow.audit.record(
                actor="system",
                action=action,
                subject=str(customer.id),
                reason=reason,
                at=self.clock.now(),
                facts={"role": str(StaffRole.OWNER)},
            )
            await uow.commit()
