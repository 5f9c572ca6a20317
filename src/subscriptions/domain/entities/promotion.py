"""A promotion code: what a purchase costs less by it, or how much longer it lasts, for whom and how often."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import CustomerId, OrderId, PlanId, PromotionId, TelegramId
from subscriptions.domain.money import Money

LINK: Final = "promo_"
"""What a deep link's payload begins with, before the code."""
PERCENT_LIMIT: Final = 99
"""What costs nothing is a free plan, or an activation code: no provider charges nothing."""
DAYS_LIMIT: Final = 366
USES_LIMIT: Final = 1_000_000

_CODE: Final = re.compile(r"[A-Z0-9_-]{3,24}\Z")
_TOKENS_LENGTH: Final = 16


def clean_code(text: str) -> str:
    """What was typed or came with a link, without blanks, in capital letters."""
    return "".join(text.split()).upper()


def looks_like_promotion(text: str) -> bool:
    """Whether a cleaned text can be a promotion's code, known or not. Sixteen letters and digits are a token's."""
    token = len(text) == _TOKENS_LENGTH and text.isalnum()
    return _CODE.match(text) is not None and not token


@dataclass(kw_only=True)
class Promotion:
    """One of percent, amount and days says what it gives.

    percent: off the price. amount: off a price in its currency. days: on top of what was paid. plan_id: None = every
    plan. first_only: only the first payment of a plan that renews costs less, also where each further period is bought
    by hand; else each. once: once a person. uses: how often it may be used by all together, None = without a limit.
    expires_at: from then on nobody begins with it. stopped_at: by the operator. A page that was opened before may still
    be paid at what it asked.
    """

    id: PromotionId
    code: str
    percent: int | None = None
    amount: Money | None = None
    days: int | None = None
    plan_id: PlanId | None = None
    first_only: bool = True
    once: bool = True
    uses: int | None = None
    expires_at: datetime | None = None
    created_at: datetime
    created_by: TelegramId | None = None
    stopped_at: datetime | None = None

    def __post_init__(self) -> None:
        self.validate()

    def validate(self) -> None:
        """Raises InvalidInput naming the field that is wrong."""
        if not looks_like_promotion(self.code):
            raise InvalidInput("code", "must be 3 to 24 of A-Z, 0-9, - and _, and not sixteen letters and digits")
        if len([gift for gift in (self.percent, self.amount, self.days) if gift is not None]) != 1:
            raise InvalidInput("gives", "must be one of a percentage, an amount and days")
        if self.percent is not None and not 1 <= self.percent <= PERCENT_LIMIT:
            raise InvalidInput("percent", f"must be 1 to {PERCENT_LIMIT}")
        if self.amount is not None and self.amount.minor < 1:
            raise InvalidInput("amount", "must be more than nothing")
        if self.days is not None and not 1 <= self.days <= DAYS_LIMIT:
            raise InvalidInput("days", f"must be 1 to {DAYS_LIMIT}")
        if self.uses is not None and not 1 <= self.uses <= USES_LIMIT:
            raise InvalidInput("uses", f"must be 1 to {USES_LIMIT}")

    def is_running(self, now: datetime) -> bool:
        """Whether somebody may still begin with it."""
        return self.stopped_at is None and (self.expires_at is None or now < self.expires_at)

    def fits(self, plan_id: PlanId) -> bool:
        """Whether it is for this plan."""
        return self.plan_id in {None, plan_id}

    def price_after(self, price: Money, step: int = 1) -> Money:
        """Return what is left to pay of a price, never less than one step; the price itself where nothing is taken off:
        an amount in another currency, or no less than all of it.

        The rest is rounded in the customer's favour to whole steps. step: the smallest amount that the provider
        charges, in minor units, such as 100 for one that charges whole forints.
        """
        minor = price.minor
        if self.percent is not None:
            minor = price.minor * (100 - self.percent) // 100
        elif self.amount is not None and self.amount.currency == price.currency:
            minor = price.minor - self.amount.minor
        if minor != price.minor:
            minor -= minor % step
        return Money(minor, price.currency) if minor >= 1 else price


@dataclass(frozen=True, kw_only=True)
class Deal:
    """What a promotion makes of one purchase by one method. price: without it. amount_due: what is paid now.
    later_price: what each further period costs, where it renews by itself.
    """

    promotion: Promotion
    price: Money
    amount_due: Money
    later_price: Money | None = None

    @property
    def code(self) -> str:
        """As people know it."""
        return self.promotion.code

    @property
    def days(self) -> int:
        """On top of what is paid."""
        return self.promotion.days or 0

    @property
    def first_only(self) -> bool:
        """Whether later periods cost more than this one."""
        return self.later_price is not None and self.later_price != self.amount_due

    def worth(self, plan_days: int) -> int:
        """Minor units it saves; days by what a day of the plan costs."""
        return self.price.minor - self.amount_due.minor + self.price.minor * self.days // max(plan_days, 1)


def deal_for(
    promotion: Promotion, price: Money, *, renews: bool, trial: bool, first_price: bool, step: int = 1
) -> Deal | None:
    """None where it gives nothing here. renews: what is bought charges again by itself. trial: it begins with a trial.
    first_price: its provider can charge another price for the first period, which it cannot beside a trial. step: see
    `Promotion.price_after`.
    """
    asked_amount = promotion.price_after(price, step)
    if asked_amount == price and promotion.days is None:
        return None
    if not renews or promotion.days is not None:
        return Deal(promotion=promotion, price=price, amount_due=asked_amount, later_price=price if renews else None)
    if not promotion.first_only:
        return Deal(promotion=promotion, price=price, amount_due=asked_amount, later_price=asked_amount)
    if trial or not first_price:
        return None
    return Deal(promotion=promotion, price=price, amount_due=asked_amount, later_price=price)


@dataclass(frozen=True, kw_only=True)
class PromotionReservation:
    """An order that may be paid by a promotion's terms has a use of it for itself: from the opening of its page until
    that can be paid no more, and for good once it was paid. place: which of the limited number, None = no limit. once:
    no other order of this customer's may have one as well.
    """

    order_id: OrderId
    promotion_id: PromotionId
    customer_id: CustomerId
    once: bool
    place: int | None = None
    reserved_at: datetime


@dataclass(frozen=True, kw_only=True)
class PromotionUse:
    """An order that was paid by a promotion's terms. discount: what the first payment cost less; days: on top of it."""

    order_id: OrderId
    promotion_id: PromotionId
    customer_id: CustomerId
    discount: Money
    days: int = 0
    used_at: datetime
