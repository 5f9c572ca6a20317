"""Customer's account at a provider."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.ids import CustomerId


@dataclass(kw_only=True)
class PaymentAccount:
    """Provider's id of a customer."""

    customer_id: CustomerId
    provider: str
    external_customer_id: str
    created_at: datetime
