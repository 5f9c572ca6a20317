"""Factories of the objects that compute keyed digests with the operator's permanent key: of activation codes, and of
erased customers.
"""

import hmac

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.keyed import KeyedSettings
from subscriptions.domain.services.code_seal import CodeSeal
from subscriptions.domain.services.trial_marks import TrialMarks


def code_seal(settings: CoreSettings) -> CodeSeal:
    """Create the object that computes the digests of activation codes with the permanent key."""
    return CodeSeal(_derive_key(settings, b"umbral activation codes"))


def trial_marks(settings: CoreSettings) -> TrialMarks:
    """Create the object that computes digests of erased customers with the permanent key. The digests identify an
    erased customer who returns, so that a trial is given only once.
    """
    return TrialMarks(_derive_key(settings, b"umbral trials of the erased"))


def _derive_key(settings: CoreSettings, use: bytes) -> bytes | None:
    """Derive a key for one purpose from the permanent key; None if no permanent key is configured."""
    key = settings.pick_mark_key if isinstance(settings, KeyedSettings) else None
    return hmac.digest(key.get_secret_value().encode(), use, "sha256") if key is not None else None
