"""URLs of Stripe's pages for one subscription: the customer portal, and the page of an open invoice."""

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
    """Return the URLs of the pages, or None if the subscription is unknown or has ended.

    The portal's URL expires within minutes, so it is never stored.
    """
    async with translate_errors():
        node = await retrieve(wire, ref)
        if node is None or snapshot(node, clock.now()).status is ProviderStatus.ENDED:
            return None
        is_owed = node.text("latest_invoice", "status") == "open"
        pay = node.link("latest_invoice", "hosted_invoice_url") if is_owed else None
        return ManagePages(card=await _portal(wire, node.ref("customer"), return_url, locale), pay=pay)


async def _portal(wire: Wire, customer: str | None, return_url: str, locale: str) -> str | None:
    """Create a session of the customer portal and return its URL, or None if the operator has not configured the
    portal. The invoice's page works without the portal.
    """
    if customer is None:
        return None
    # The portal supports the same locales as the checkout.
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
