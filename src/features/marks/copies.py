"""The copies of picks, marked for each channel."""

from typing import Final

from features.marks.wiring import MarksContainer, require_marks
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.pick_copies import CopiesPart
from subscriptions.domain.ports.pick_copies import PickCopies


def _mark_copies(core: CoreContainer) -> PickCopies:
    """Raises InvalidInput where there is no key, or what marks pictures is not installed."""
    require_marks(core.settings())
    return MarksContainer(core=core).mark_copies()


COPIES: Final = CopiesPart(_mark_copies)
