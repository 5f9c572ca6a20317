"""The customer's account at one provider."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.ids import CustomerId


@dataclass(kw_only=True)
class PaymentAccount:
    """One customer as one provider calls them."""

    customer_id: CustomerId
    provider: str
    external_customer_id: str
    created_at: datetime
