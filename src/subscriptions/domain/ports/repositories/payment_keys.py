"""Repository of the payment providers' credentials and settings that owners enter in the console."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.ports.repositories.key import RepositoryKey

SealedKeys = Mapping[str, tuple[str, Collection[str]]]
"""Encrypted values keyed by setting, each with the processes that read it. An empty value disconnects the method."""


@dataclass(frozen=True, kw_only=True)
class PaymentKey:
    """Setting of a payment method, such as an API key. `sealed`: encrypted value; empty after the method was
    disconnected.
    """

    name: str
    sealed: str
    changed_at: datetime


class PaymentKeyRepository(Protocol):
    """Repository of payment methods' settings. The database sets the time of each change."""

    async def all(self) -> Sequence[PaymentKey]:
        """Return all stored settings, including those of disconnected methods, ordered by name."""
        ...

    async def newest(self) -> datetime | None:
        """Return the time of the latest change; None before the first one."""
        ...

    async def keep(self, values: SealedKeys) -> None:
        """Store encrypted values."""
        ...

    async def obligations(self, provider: str, now: datetime) -> int:
        """Return the number of open obligations for which a provider is needed: live subscriptions that it charges, and
        checkouts that can be paid.
        """
        ...


PAYMENT_KEYS_KEY: Final = RepositoryKey["PaymentKeyRepository"]("payment_keys")
