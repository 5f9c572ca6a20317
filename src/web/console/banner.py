"""Upload and removal of the landing page's picture in the console."""

from typing import Final

from fastapi import Request

from subscriptions.domain.services.picture_rules import MOST_BYTES
from web.body import BodyReader
from web.console.sign_in import MOST_FIELDS
from web.multipart import parts_of

BODY_LIMIT: Final = MOST_BYTES + 16 * 1024
"""Maximum size in bytes of a form with a picture."""
PICTURE: Final = "picture"


async def read_upload(request: Request, bodies: BodyReader) -> tuple[dict[str, str], bytes]:
    """Return the fields of a multipart form (RFC 7578) and the content of its picture; empty content if the form has no
    picture.

    Raises BodyTooLarge if the form exceeds BODY_LIMIT, and BodyIncomplete if it was not received completely.
    """
    async with bodies.read(request, BODY_LIMIT) as body:
        parts = parts_of(request.headers.get("content-type", ""), body, MOST_FIELDS)
    fields = {part.name: part.text for part in parts if part.name != PICTURE}
    return fields, next((part.content for part in parts if part.name == PICTURE), b"")
