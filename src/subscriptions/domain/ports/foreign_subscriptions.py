"""What a provider says of subscriptions that others began there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subscriptions.domain.ports.payment_facts import SubscriptionSnapshot


@dataclass(frozen=True, kw_only=True)
class ForeignSubscription:
    """A subscription that somebody else began at the provider. payer: how they are called there, by e-mail or name.

    product: what it is charged for, by the provider's own reference. labels: what its seller wrote on it and its payer.
    """

    snapshot: SubscriptionSnapshot
    payer: str
    product: str | None
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ForeignPage:
    """A page of a provider's list. next: names the one after it, None where it is the last."""

    found: Sequence[ForeignSubscription]
    next: str | None
