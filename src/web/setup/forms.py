"""Forms of the setup page, and their protection against forgery."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from fastapi import Request

from web.body import BodyReader
from web.console.sign_in import MARK, is_same_origin, read_form

BODY_LIMIT: Final = 16 * 1024
"""Maximum size of a form, in bytes."""


def form_token(visit: str) -> str:
    """Return the token of the forms of a setup session. The token is derived from the cookie and does not reveal the
    cookie.
    """
    return hmac.digest(visit.encode("utf-8", "surrogateescape"), b"umbral setup forms", sha256).hex()


async def form_of(request: Request, bodies: BodyReader) -> dict[str, str]:
    """Return the fields of a form as typed. Raises BodyTooLarge if the form exceeds BODY_LIMIT, and BodyIncomplete if
    it was not received completely.
    """
    return await read_form(request, bodies, BODY_LIMIT)


def is_ours(request: Request, fields: Mapping[str, str], visit: str, base_url: str) -> bool:
    """Return True if a form was sent from a page of this setup session."""
    token = fields.get(MARK, "").encode()
    return hmac.compare_digest(token, form_token(visit).encode()) and is_same_origin(request, base_url)
