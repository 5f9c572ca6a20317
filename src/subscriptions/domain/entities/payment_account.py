"""Record of a customer's account at a payment provider."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.ids import CustomerId


@dataclass(kw_only=True)
class PaymentAccount:
    """Customer's account at a payment provider, with the id by which the provider identifies the customer."""

    customer_id: CustomerId
    provider: str
    external_customer_id: str
    created_at: datetime
