"""Subscriptions that another system created in the same account, and their import."""

from typing import Final

import stripe
from stripe.params import SubscriptionListParams

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import ForeignPage, ForeignSubscription
from subscriptions.infrastructure.payments.stripe.errors import MISSING_CODE, translate_errors
from subscriptions.infrastructure.payments.stripe.subscriptions import EXPANSIONS, PAGE, PRICE, snapshot
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain_list
from subscriptions.infrastructure.providers.reader import Node

_LABELS: Final = 100


async def list_foreign(wire: Wire, clock: Clock, cursor: str | None) -> ForeignPage:
    """Return a page of all subscriptions that are not canceled, the newest first
    (https://docs.stripe.com/api/subscriptions/list).
    """
    fetched_at = clock.now()
    parameters: SubscriptionListParams = {
        "limit": PAGE,
        "expand": [f"data.{each}" for each in (*EXPANSIONS, "customer")],
    }
    if cursor is not None:
        parameters["starting_after"] = cursor
    async with translate_errors():
        page = plain_list(await wire.client.v1.subscriptions.list_async(parameters), "subscriptions")
    nodes = [each for each in page if each.text("id") is not None]
    foreign_subscriptions = [
        ForeignSubscription(
            snapshot=snapshot(each, fetched_at),
            payer=each.text("customer", "email") or each.text("customer", "name") or each.ref("customer") or "",
            product=each.ref(*PRICE, "product"),
            labels=_labels(each.at("customer")) | _labels(each),
        )
        for each in nodes
    ]
    return ForeignPage(
        found=foreign_subscriptions,
        next=foreign_subscriptions[-1].snapshot.ref if foreign_subscriptions and len(page) == PAGE else None,
    )


async def take_over(wire: Wire, ref: str, order_id: str, telegram_id: int) -> bool:
    """Write our references to the metadata of a subscription; other metadata is kept
    (https://docs.stripe.com/api/subscriptions/update).

    Return False if the subscription does not exist.
    """
    ours = {"order_id": order_id, "telegram_id": str(telegram_id)}
    async with translate_errors():
        try:
            await wire.client.v1.subscriptions.update_async(ref, {"metadata": ours})
        except stripe.InvalidRequestError as error:
            if error.code == MISSING_CODE:
                return False
            raise
    return True


def _labels(node: Node) -> dict[str, str]:
    metadata = node.at("metadata").value
    names = [name for name in metadata if isinstance(name, str)][:_LABELS] if isinstance(metadata, dict) else []
    return {name: text for name in names if (text := node.text("metadata", name)) is not None}
