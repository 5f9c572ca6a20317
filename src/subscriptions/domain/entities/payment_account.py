"""Customer's account at a provider."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.ids import CustomerId


@dataclass(kw_only=True)
class PaymentAccount:
    """Customer's account at a provider, with the provider's id of the customer."""

    customer_id: CustomerId
    provider: str
    external_customer_id: str
    created_at: datetime
