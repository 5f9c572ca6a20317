"""Identification of the card that made a payment, by the fingerprint that Stripe assigns to a card number within one
account (https://docs.stripe.com/api/charges/object#charge_object-payment_method_details-card-fingerprint).

A card in a digital wallet may have another number and therefore another fingerprint.
"""

import stripe

from subscriptions.infrastructure.payments.stripe.errors import MISSING_CODE, translate_errors
from subscriptions.infrastructure.payments.stripe.refunds import intents_of
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain


async def payer_of(wire: Wire, payment_key: str) -> str | None:
    """Return the fingerprint of the card that made the payment with one of our keys, or None if no card was used or the
    payment is unknown.
    """
    async with translate_errors():
        try:
            for intent in await intents_of(wire, payment_key):
                answer = await wire.client.v1.payment_intents.retrieve_async(intent, {"expand": ["latest_charge"]})
                node = plain(answer, "payment intent")
                card = node.text("latest_charge", "payment_method_details", "card", "fingerprint")
                if card is not None:
                    return card
        except stripe.InvalidRequestError as error:
            if error.code != MISSING_CODE:
                raise
    return None
