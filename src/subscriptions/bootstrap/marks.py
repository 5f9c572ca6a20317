"""The wiring of what tells customers' copies of picks apart."""

from subscriptions.application.picks.pick_marks import PickMarks
from subscriptions.bootstrap.settings.marks import MarkSettings
from subscriptions.domain.errors import InvalidInput


def pick_marks(settings: MarkSettings) -> PickMarks:
    """What marks are made and read with. Raises InvalidInput where they are to be made and there is no key."""
    key, on = settings.pick_mark_key, settings.pick_marks == "on"
    if on and key is None:
        raise InvalidInput("PICK_MARK_KEY", "is missing, and PICK_MARKS is on; `umbral init` writes files with one")
    return PickMarks(key.get_secret_value().encode() if key is not None else None, settings.synonyms, on=on)
