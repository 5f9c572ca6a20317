"""Dependency container of the use cases for watermarks, and functions that create its inputs from the settings."""

from typing import cast

from dependency_injector import containers

from features.marks.adapters.opening import opener
from features.marks.domain.pick_marks import PickMarks
from features.marks.ports import OpenPictures
from features.marks.settings import MarkSettings, MarkSwitch
from features.marks.use_cases.mark_copies import MarkCopies
from features.marks.use_cases.mark_picture import MarkPicture
from features.marks.use_cases.trace_leak import TraceLeak
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.keyed import KeyedSettings
from subscriptions.bootstrap.settings.outgoing import NetworkSettings
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.errors import InvalidInput


def pick_marks(settings: CoreSettings) -> PickMarks:
    """Return the creator of watermarks, with the key and the synonyms from the settings."""
    key, synonyms = _key(settings), cast(MarkSettings, settings).synonyms
    return PickMarks(key.encode() if key is not None else None, synonyms, is_on=_are_made(settings))


def require_key(settings: CoreSettings) -> None:
    """Raise InvalidInput if watermarks are switched on without a key."""
    if _are_made(settings) and _key(settings) is None:
        raise InvalidInput("PICK_MARK_KEY", "is missing, and PICK_MARKS is on; `umbral init` writes files with one")


def pictures(settings: CoreSettings) -> OpenPictures:
    """Return a function that creates the adapter for pictures. The function raises InvalidInput if a package is
    missing.
    """
    return opener(settings.webhook_networks if isinstance(settings, NetworkSettings) else ())


def require_marks(settings: CoreSettings) -> None:
    """Raise InvalidInput if watermarks are switched on and the key or a package is missing."""
    require_key(settings)
    if _are_made(settings):
        pictures(settings)()


def _are_made(settings: CoreSettings) -> bool:
    return cast(MarkSwitch, settings).pick_marks == "on"


def _key(settings: CoreSettings) -> str | None:
    key = settings.pick_mark_key if isinstance(settings, KeyedSettings) else None
    return key.get_secret_value() if key is not None else None


class MarksContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the shared services of the bot process or of a
    command.
    """

    core = nested(CoreContainer)
    make = wire(core)

    pick_marks = make(pick_marks)
    pictures = make(pictures)
    mark_picture = make(MarkPicture)
    mark_copies = make(MarkCopies)
    trace_leak = make(TraceLeak)
