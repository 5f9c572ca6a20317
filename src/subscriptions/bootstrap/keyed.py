"""Digests under the key that is kept for good: of activation codes, and of people who were erased."""

import hmac

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.keyed import KeyedSettings
from subscriptions.domain.services.code_seal import CodeSeal
from subscriptions.domain.services.trial_marks import TrialMarks


def code_seal(settings: CoreSettings) -> CodeSeal:
    """Return the seal of activation codes."""
    return CodeSeal(_derive_key(settings, b"umbral activation codes"))


def trial_marks(settings: CoreSettings) -> TrialMarks:
    """Return what recognizes people who were erased."""
    return TrialMarks(_derive_key(settings, b"umbral trials of the erased"))


def _derive_key(settings: CoreSettings, use: bytes) -> bytes | None:
    """Return a key for one use, derived from the one that is kept for good; None where there is none."""
    key = settings.pick_mark_key if isinstance(settings, KeyedSettings) else None
    return hmac.digest(key.get_secret_value().encode(), use, "sha256") if key is not None else None
