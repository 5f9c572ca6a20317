"""Check that PayPal's checkout page is in the customer's language if PayPal supports it, and otherwise in the payer's
default language.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import CheckoutRequest
from subscriptions.infrastructure.payments.paypal import CAPABILITIES
from subscriptions.infrastructure.payments.paypal.gateway import PayPalGateway
from tests.support.paypal import NOW, ORDER, PERSON, FakeClock, links, order, settings
from tests.support.paypal_server import running_server

CREATE = "POST /v2/checkout/orders"


@pytest.mark.parametrize(("language", "page"), [("es", "es-ES"), ("pt-br", "pt-BR"), ("eu", None), ("", None)])
async def test_checkout_page_is_in_the_language_of_the_customer(language: str, page: str | None) -> None:
    request = CheckoutRequest(
        order_id=ORDER,
        telegram_id=PERSON,
        plan="retabet",
        plan_id="7c9e6679-7425-40de-944b-e07fc1f90ae7",
        description="Retador · Retabet",
        price_ref=None,
        amount=Money(2999, "EUR"),
        interval=None,
        interval_count=1,
        trial_days=0,
        success_url="https://shop.example/thanks",
        cancel_url="https://shop.example/back",
        customer_ref=None,
        locale=language,
        expires_at=NOW + timedelta(minutes=35),
        idempotency_key=f"checkout:{ORDER}:1",
    )
    async with running_server() as server:
        server.answer(
            CREATE, order(status="PAYER_ACTION_REQUIRED", links=links(approve="https://www.paypal.example/approve"))
        )
        gateway = PayPalGateway(settings(PAYPAL_API_BASE=server.url), FakeClock(), CAPABILITIES)
        await gateway.create_checkout_session(request)
        await gateway.aclose()
    [call] = server.named(CREATE)
    context = call.json["payment_source"]["paypal"]["experience_context"]
    assert ("locale" in context, context.get("locale")) == (page is not None, page)
