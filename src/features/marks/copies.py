"""Registration of the factory that creates watermarked copies of posts."""

from typing import Final

from features.marks.wiring import MarksContainer, require_marks
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.post_copies import CopiesPart
from subscriptions.domain.ports.post_copies import PostCopies


def _mark_copies(core: CoreContainer) -> PostCopies:
    """Return the creator of watermarked copies. Raises InvalidInput if watermarks are switched on but the key or the
    packages for pictures are missing.
    """
    require_marks(core.settings())
    return MarksContainer(core=core).mark_copies()


COPIES: Final = CopiesPart(_mark_copies)
