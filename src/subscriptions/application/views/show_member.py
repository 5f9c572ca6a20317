"""What the Mini App shows somebody of their own."""

from dataclasses import dataclass

from subscriptions.application.views.show_status import ShowStatus, StatusView
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, kw_only=True)
class MemberView:
    """A customer's language, and all that `/estado` tells them. zone: what they chose."""

    language: str
    status: StatusView
    zone: str | None = None


@dataclass(frozen=True)
class ShowMember:
    """By Telegram id."""

    units: UnitOfWorkFactory
    show_status: ShowStatus

    async def __call__(self, telegram_id: TelegramId) -> MemberView | None:
        """Return what a customer has; None for somebody who never wrote to the bot. Raises RetryLater."""
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
        if customer is None:
            return None
        return MemberView(language=customer.language, status=await self.show_status(telegram_id), zone=customer.zone)
