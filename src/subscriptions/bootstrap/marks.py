"""The wiring of what tells customers' copies of picks apart."""

import hmac
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module

from subscriptions.application.picks.pick_marks import PickMarks
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.marks import MarkSettings
from subscriptions.bootstrap.settings.outbox import NetworkSettings
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.pick_pictures import PickPictures
from subscriptions.domain.services.code_seal import CodeSeal
from subscriptions.domain.services.trial_marks import TrialMarks
from subscriptions.infrastructure.outgoing.addresses import Addresses, Network


def pick_marks(settings: MarkSettings) -> PickMarks:
    """What marks are made and read with. Raises InvalidInput where they are to be made and there is no key."""
    key, is_on = settings.pick_mark_key, settings.pick_marks == "on"
    if is_on and key is None:
        raise InvalidInput("PICK_MARK_KEY", "is missing, and PICK_MARKS is on; `umbral init` writes files with one")
    return PickMarks(key.get_secret_value().encode() if key is not None else None, settings.synonyms, is_on=is_on)


def code_seal(settings: CoreSettings) -> CodeSeal:
    """For activation codes."""
    return CodeSeal(_derive_key(settings, b"umbral activation codes"))


def trial_marks(settings: CoreSettings) -> TrialMarks:
    """For who was erased."""
    return TrialMarks(_derive_key(settings, b"umbral trials of the erased"))


def _derive_key(settings: CoreSettings, use: bytes) -> bytes | None:
    """A key for one use, drawn from the one that is kept for good; None where there is none."""
    mark_key = settings.pick_mark_key if isinstance(settings, MarkSettings) else None
    return hmac.digest(mark_key.get_secret_value().encode(), use, "sha256") if mark_key is not None else None


def marks_to_make(settings: MarkSettings) -> PickMarks:
    """The same for who sends picks. Raises InvalidInput also where what marks pictures is not installed."""
    marks = pick_marks(settings)
    if marks.is_on:
        pictures(settings)()
    return marks


def pictures(settings: CoreSettings) -> Callable[[], PickPictures]:
    """What gives what marks and reads pictures; loaded then, for most processes do without. Raises InvalidInput."""
    return partial(_pictures, settings.webhook_networks if isinstance(settings, NetworkSettings) else ())


@cache
def _pictures(networks: tuple[Network, ...]) -> PickPictures:
    addresses = Addresses(networks, plain=True)
    try:
        pick_pictures: PickPictures = import_module("subscriptions.infrastructure.marks.pictures").MarkedPictures(
            addresses
        )
    except ModuleNotFoundError as error:
        raise InvalidInput(
            "PICK_MARKS", f"needs {error.name} for pictures: pip install 'umbral-access[marks]'"
        ) from error
    return pick_pictures
