"""Data of a purchase for which a checkout can be opened, and the request to the provider."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

from subscriptions.application.catalog.overlaps import Overlap
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.discount_code import Deal
from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.spoken import LANGUAGES, text_for
from subscriptions.domain.ports.payment_gateway import CheckoutRequest, MakesPrices, PaymentGateway, PriceRequest
from subscriptions.domain.services import pricing
from subscriptions.domain.services.pricing import OwnPrices


@dataclass(frozen=True)
class PurchaseOptions:
    """Options of a purchase, with the meaning of the parameters of `StartCheckout`."""

    provider: str | None
    _: KW_ONLY
    trial: bool
    is_preview: bool
    for_another: bool
    is_declared: bool


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """Purchase for which a checkout can be opened.

    deal: effect of a promotion on the price; None without a promotion
    renews: True if the purchase renews automatically
    price_ref: provider's id of the price object with the charged amount; None if there is none yet
    overlaps: subscriptions for which the customer would still be charged although this plan includes the same chats
    """

    order: Order
    attempt: CheckoutAttempt
    plan: ServicePlan
    customer: Customer
    own: OwnPrices
    wishes: Sequence[PaymentMethod]
    deal: Deal | None
    renews: bool
    price_ref: str | None
    customer_ref: str | None
    overlaps: Sequence[Overlap] = ()


async def request_of(purchase: Preparation, gateway: PaymentGateway, policy: Policy) -> CheckoutRequest:
    """Return the request that opens the checkout at the provider. If a promotion reduces the price of every period, a
    price object is created for it first. Raises gateway errors.
    """
    order, plan, attempt, base = purchase.order, purchase.plan, purchase.attempt, policy.base_url.rstrip("/")
    price_ref = purchase.price_ref
    if price_ref is None and purchase.renews and isinstance(gateway, MakesPrices):
        price_ref = await gateway.ensure_price(
            PriceRequest(
                plan=plan.soft_id,
                name=f"{policy.brand} · {plan.name}",
                description=plan.description,
                amount=pricing.full_price(attempt, order),
                recurring=order.recurring,
                interval=order.interval,
                interval_count=order.interval_count,
            )
        )
    return CheckoutRequest(
        order_id=str(order.id),
        telegram_id=purchase.customer.telegram_id,
        plan=plan.soft_id,
        plan_id=str(plan.id),
        description=f"{policy.brand} · {text_for(plan.name, purchase.customer.language)}",
        price_ref=price_ref,
        amount=pricing.asked_by(attempt, order),
        interval=order.interval if order.recurring else None,
        interval_count=order.interval_count,
        trial_days=order.trial_days,
        success_url=f"{base}/gracias",
        cancel_url=f"{base}{front_page(purchase.customer.language)}",
        customer_ref=purchase.customer_ref,
        locale=purchase.customer.language,
        expires_at=attempt.expires_at,
        idempotency_key=attempt.idempotency_key,
        later=attempt.later,
    )


def front_page(language: str) -> str:
    """Return the path of the page to which customers are returned if they leave the checkout without paying."""
    return f"/{language}" if language in LANGUAGES[1:] else "/"
