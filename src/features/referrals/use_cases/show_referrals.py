"""Referral link of a customer, with the number of referred customers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from features.referrals.domain import LINK, ReferralDays
from features.referrals.ports import REFERRALS_KEY
from subscriptions.application.people.customers import known_customer
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, kw_only=True)
class ReferralView:
    """Referral link of a customer, with its counts.

    came: number of customers referred by the link
    paying_count: number of these customers whose payment granted days
    days: days granted to the referrer and to the referred customer
    gains: False if the link's owner has only lifetime plans, to which no days can be added
    """

    link: str
    came: int
    paying_count: int
    days: timedelta
    gains: bool = True


@dataclass(frozen=True)
class ShowReferrals:
    """Use case that returns a customer's referral link."""

    units: UnitOfWorkFactory
    days: ReferralDays

    async def __call__(self, telegram_id: TelegramId) -> ReferralView | None:
        """Return the link; None if referrals grant no days, if the customer is barred, or before the bot has a
        username.
        """
        days = self.days()
        if not days:
            return None
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            username = await uow.variables.get(BOT_USERNAME)
            if username is None or customer.barred_at is not None:
                return None
            subscriptions = running_of(await uow.subscriptions.of_customer(customer.id))
            came, paying_count = await uow.of(REFERRALS_KEY).count_of(customer.id)
        gains = not subscriptions or not all(each.for_life for each in subscriptions)
        link = deep_link(username, f"{LINK}{customer.id.hex}")
        return ReferralView(link=link, came=came, paying_count=paying_count, days=days, gains=gains)


def running_of(subscriptions: Iterable[Subscription]) -> list[Subscription]:
    """Return the subscriptions that currently give access. Days can be added to them, except to lifetime plans."""
    return [each for each in subscriptions if each.live and not each.is_paused and each.access_until is not None]
