"""Stripe's own pages for one subscription: the customer portal, and the invoice that is still open."""

import logging

import stripe
from stripe.params.billing_portal import SessionCreateParams

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import ManagePages, ProviderStatus
from subscriptions.infrastructure.payments.stripe.errors import translate_errors
from subscriptions.infrastructure.payments.stripe.locales import checkout_locale
from subscriptions.infrastructure.payments.stripe.subscriptions import retrieve, snapshot
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain

log = logging.getLogger(__name__)


async def manage_pages(wire: Wire, clock: Clock, ref: str, *, return_url: str, locale: str) -> ManagePages | None:
    """None for an unknown or ended subscription. The portal's address is good for minutes, so it is never kept."""
    async with translate_errors():
        node = await retrieve(wire, ref)
        if node is None or snapshot(node, clock.now()).status is ProviderStatus.ENDED:
            return None
        is_owed = node.text("latest_invoice", "status") == "open"
        pay = node.link("latest_invoice", "hosted_invoice_url") if is_owed else None
        return ManagePages(card=await _portal(wire, node.ref("customer"), return_url, locale), pay=pay)


async def _portal(wire: Wire, customer: str | None, return_url: str, locale: str) -> str | None:
    """None where the operator has not set the portal up: the invoice's page does without it."""
    if customer is None:
        return None
    # Its languages are those of the checkout.
    parameters: SessionCreateParams = {
        "customer": customer,
        "return_url": return_url,
        "locale": checkout_locale(locale),
    }
    try:
        session = plain(await wire.client.v1.billing_portal.sessions.create_async(parameters), "portal session")
    except stripe.InvalidRequestError as error:
        log.warning("stripe: no customer portal: %s", error.user_message)
        return None
    return session.link("url")
