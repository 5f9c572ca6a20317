"""Picture that the operator uploaded for the public pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

BANNER: Final = "banner"
"""Name of the picture at the top of the landing page."""


@dataclass(frozen=True, kw_only=True)
class PictureFacts:
    """Metadata of a picture, without its content.

    width, height: in pixels, as shown
    size: in bytes
    digest: SHA-256 of the content as hexadecimal text
    """

    media_type: str
    width: int
    height: int
    size: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class SitePicture:
    """Checked picture with its content. `name`: position on the pages, such as BANNER."""

    name: str
    facts: PictureFacts
    content: bytes
    changed_at: datetime
