"""Factories of the objects that encrypt secrets and check URLs provided by other people."""

from typing import Final

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.outgoing import OutboxSettings
from subscriptions.domain.ports.seals import Seals
from subscriptions.infrastructure.outgoing.addresses import Addresses
from subscriptions.infrastructure.outgoing.seals import WebhookSeals

NO_SEALS: Final[Seals] = WebhookSeals(None, Addresses(()))
"""Object that checks URLs but cannot encrypt secrets, because it has no key."""


def addresses_of(settings: CoreSettings) -> Addresses:
    """Create the check of URLs. It refuses private networks, except those that the process's settings permit."""
    return Addresses(settings.webhook_networks if isinstance(settings, OutboxSettings) else ())


def webhook_seals(settings: CoreSettings) -> Seals:
    """Create the object that encrypts secrets with the process's WEBHOOK_KEY. Without that key, the object cannot
    encrypt.
    """
    key = settings.webhook_key if isinstance(settings, OutboxSettings) else None
    return WebhookSeals(key.get_secret_value() if key else None, addresses_of(settings))
