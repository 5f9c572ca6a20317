"""Data of subscriptions at a provider that were started by a system other than Umbral."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subscriptions.domain.ports.payment_facts import SubscriptionSnapshot


@dataclass(frozen=True, kw_only=True)
class ForeignSubscription:
    """Subscription that another system started at the provider.

    payer: e-mail or name of the payer at the provider
    product: provider's reference of the product charged for
    labels: metadata that the seller wrote on the subscription and its payer
    """

    snapshot: SubscriptionSnapshot
    payer: str
    product: str | None
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ForeignPage:
    """Page of a provider's list of subscriptions. `next`: cursor of the next page; None on the last page."""

    found: Sequence[ForeignSubscription]
    next: str | None
