"""Wiring of the encryption of secrets, and of the check of URLs that other people provide."""

from typing import Final

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.outgoing import OutboxSettings
from subscriptions.domain.ports.seals import Seals
from subscriptions.infrastructure.outgoing.addresses import Addresses
from subscriptions.infrastructure.outgoing.seals import WebhookSeals

NO_SEALS: Final[Seals] = WebhookSeals(None, Addresses(()))
"""Object that validates URLs and has no key to encrypt secrets."""


def addresses_of(settings: CoreSettings) -> Addresses:
    """Create the check of URLs, which also permits the operator's own networks if the process has that setting."""
    return Addresses(settings.webhook_networks if isinstance(settings, OutboxSettings) else ())


def webhook_seals(settings: CoreSettings) -> Seals:
    """Create the object that encrypts secrets with the process's WEBHOOK_KEY. Without that key, the object cannot
    encrypt.
    """
    key = settings.webhook_key if isinstance(settings, OutboxSettings) else None
    return WebhookSeals(key.get_secret_value() if key else None, addresses_of(settings))
