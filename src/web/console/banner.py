"""Upload and removal of the landing page's picture in the console."""

from email import message_from_bytes
from typing import Final

from fastapi import Request

from subscriptions.domain.services.picture_rules import MOST_BYTES
from web.body import BodyReader

BODY_LIMIT: Final = MOST_BYTES + 16 * 1024
"""Maximum bytes of a form with a picture."""
PICTURE: Final = "picture"


async def read_upload(request: Request, bodies: BodyReader) -> tuple[dict[str, str], bytes]:
    """Return the fields of a multipart form (RFC 7578) and the content of its picture, which is empty without one.

    Raises BodyTooLarge and BodyIncomplete.
    """
    kind = request.headers.get("content-type", "")
    async with bodies.read(request, BODY_LIMIT) as body:
        form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    fields: dict[str, str] = {}
    content = b""
    for part in form.walk():
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        name = part.get_param("name", header="content-disposition")
        if name == PICTURE:
            content = payload
        elif isinstance(name, str):
            fields[name] = payload.decode("utf-8", "replace").strip()
    return fields, content
