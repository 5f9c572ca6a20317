"""Discount codes that reduce a price or extend the bought time, with limits on plans and uses."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import CustomerId, DiscountCodeId, OrderId, PlanId, TelegramId
from subscriptions.domain.money import Money

LINK: Final = "promo_"
"""Prefix of a deep link's payload, followed by the code."""
PERCENT_LIMIT: Final = 99
"""Maximum discount in percent. Providers cannot charge zero; use a free plan or an activation code for a purchase
without cost.
"""
DAYS_LIMIT: Final = 366
USES_LIMIT: Final = 1_000_000

_CODE: Final = re.compile(r"[A-Z0-9_-]{3,24}\Z")
_TOKENS_LENGTH: Final = 16


def clean_code(text: str) -> str:
    """Normalize a code that was typed or taken from a link: remove whitespace and convert to upper case."""
    return "".join(text.split()).upper()


def looks_like_discount_code(text: str) -> bool:
    """Return True if a cleaned text has the form of a discount code, even if no such code exists. A text of sixteen
    letters and digits has the form of an activation code instead.
    """
    token = len(text) == _TOKENS_LENGTH and text.isalnum()
    return _CODE.match(text) is not None and not token


@dataclass(kw_only=True)
class DiscountCode:
    """Discount code with exactly one of percent, amount and days.

    percent: discount on the price
    amount: discount on a price in its currency
    days: days added to the bought time
    plan_id: plan that the discount code is valid for; None for every plan
    first_only: True if only the first payment of a plan is reduced, even if the customer buys each period manually;
        False if all payments are reduced
    once: True if a person can use the discount code only once
    uses: maximum number of uses overall; None for no limit
    expires_at: time from which no new purchase can use the discount code
    stopped_at: time at which the operator stopped the discount code. A checkout that was opened earlier can still be
        paid at its reduced price.
    """

    id: DiscountCodeId
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
        """Raise InvalidInput with the name of the field if a field has an invalid value."""
        if not looks_like_discount_code(self.code):
            raise InvalidInput("code", "must be 3 to 24 of A-Z, 0-9, - and _, and not sixteen letters and digits")
        if len([each for each in (self.percent, self.amount, self.days) if each is not None]) != 1:
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
        """Return True if new purchases can use the discount code."""
        return self.stopped_at is None and (self.expires_at is None or now < self.expires_at)

    def fits(self, plan_id: PlanId) -> bool:
        """Return True if the discount code applies to this plan."""
        return self.plan_id in {None, plan_id}

    def price_after(self, price: Money, step: int = 1) -> Money:
        """Return the price after the discount.

        The result is rounded down to whole steps. The price is unchanged if the discount does not apply: an amount in
        another currency, or a discount after which less than one step would be left.

        step: smallest unit that the provider charges, in minor units, such as 100 for whole forints
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
    """Terms of one purchase with a discount code and a payment method.

    price: price without the discount code
    amount_due: amount to pay now
    later_price: price of each further period if the purchase renews automatically
    """

    discount_code: DiscountCode
    price: Money
    amount_due: Money
    later_price: Money | None = None

    @property
    def code(self) -> str:
        """Discount code as customers type it."""
        return self.discount_code.code

    @property
    def days(self) -> int:
        """Days added to the bought time."""
        return self.discount_code.days or 0

    @property
    def first_only(self) -> bool:
        """Return True if later periods have a different price."""
        return self.later_price is not None and self.later_price != self.amount_due

    def worth(self, plan_days: int) -> int:
        """Return the saving in minor units. Added days count at the plan's price per day."""
        return self.price.minor - self.amount_due.minor + self.price.minor * self.days // max(plan_days, 1)


def deal_for(
    discount_code: DiscountCode, price: Money, *, renews: bool, trial: bool, first_price: bool, step: int = 1
) -> Deal | None:
    """Return the deal, or None if the discount code has no effect on this purchase or cannot be applied to it.

    renews: True if the provider charges automatically
    trial: True if the subscription begins with a trial
    first_price: True if the provider supports a different price for the first period. It cannot be combined with a
      trial.
    step: see `DiscountCode.price_after`
    """
    asked_amount = discount_code.price_after(price, step)
    if asked_amount == price and discount_code.days is None:
        return None
    if not renews or discount_code.days is not None:
        return Deal(
            discount_code=discount_code, price=price, amount_due=asked_amount, later_price=price if renews else None
        )
    if not discount_code.first_only:
        return Deal(discount_code=discount_code, price=price, amount_due=asked_amount, later_price=asked_amount)
    if trial or not first_price:
        return None
    return Deal(discount_code=discount_code, price=price, amount_due=asked_amount, later_price=price)


@dataclass(frozen=True, kw_only=True)
class DiscountReservation:
    """Reservation of one use of a discount code for an order. The reservation ends when the checkout expires, unless
    the order was paid.

    place: number of this use among the limited uses; None without a limit
    once: True if no other order of this customer may use the discount code
    """

    order_id: OrderId
    discount_code_id: DiscountCodeId
    customer_id: CustomerId
    once: bool
    place: int | None = None
    reserved_at: datetime


@dataclass(frozen=True, kw_only=True)
class DiscountUse:
    """Use of a discount code by a paid order.

    discount: reduction of the first payment
    days: number of days added to the bought time
    """

    order_id: OrderId
    discount_code_id: DiscountCodeId
    customer_id: CustomerId
    discount: Money
    days: int = 0
    used_at: datetime
