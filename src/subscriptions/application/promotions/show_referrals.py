"""A customer's own link, and who came by it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

INVITED: Final = "ref_"
"""What a customer's link begins with; their id follows, in hexadecimal."""


@dataclass(frozen=True, kw_only=True)
class ReferralView:
    """came: by this link. paid: of them, those for whom both were given days. days: what each is given."""

    link: str
    came: int
    paid: int
    days: timedelta


class ShowReferrals:
    """What a customer is shown of their link."""

    def __init__(self, units: UnitOfWorkFactory, policy: Policy) -> None:
        self._units = units
        self._policy = policy

    async def __call__(self, telegram_id: TelegramId) -> ReferralView | None:
        """None where the operator gives nothing, to who is barred, and before the bot has a name."""
        if not self._policy.referral:
            return None
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            username = await uow.variables.get(BOT_USERNAME)
            if username is None or customer.barred_at is not None:
                return None
            came, paid = await uow.customers.referred_by(customer.id)
        link = deep_link(username, f"{INVITED}{customer.id.hex}")
        return ReferralView(link=link, came=came, paid=paid, days=self._policy.referral)
