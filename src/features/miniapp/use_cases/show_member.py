"""View of a customer's own data, shown in the Mini App."""

from dataclasses import dataclass

from subscriptions.application.views.show_status import ShowStatus, StatusView
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, kw_only=True)
class MemberView:
    """A customer's language and status (the data of `/estado`). `zone`: time zone that the customer chose."""

    language: str
    status: StatusView
    zone: str | None = None


@dataclass(frozen=True)
class ShowMember:
    """Use case that returns a customer's own data by Telegram id."""

    units: UnitOfWorkFactory
    show_status: ShowStatus

    async def __call__(self, telegram_id: TelegramId) -> MemberView | None:
        """Return the customer's data; None for a person who never wrote to the bot. Raises RetryLater if the database
        is temporarily unavailable.
        """
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
        if customer is None:
            return None
        return MemberView(language=customer.language, status=await self.show_status(telegram_id), zone=customer.zone)
