"""Forms of the console with a file: reading of multipart forms (RFC 7578), and storage of the file until the form's
command is run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Final
from uuid import UUID

from fastapi import Request

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.posts.keep_upload import FILE_LIMIT, MEGABYTE, SUFFIXES, too_large
from subscriptions.domain.entities.upload import UploadFacts
from web.body import BodyReader, BodyTooLarge
from web.console.door import MANY, MOST_FIELDS
from web.console.visit import Visit

FILE: Final = "file"
"""Name of the file in a form."""
DROP: Final = "drop_file"
"""Field that removes the file stored earlier."""
_FILENAME: Final = re.compile(r'filename="([^"]*)"', re.IGNORECASE)
FORM_LIMIT: Final = FILE_LIMIT + 512 * 1024
"""Maximum bytes of a form with a file."""
FILE_RULES: Final = {
    "accept": ",".join(f".{suffix}" for suffix in SUFFIXES),
    "most": FILE_LIMIT,
    "mb": FILE_LIMIT // MEGABYTE,
}
"""Types of files that a browser offers, and the limit in bytes and in megabytes."""


@dataclass(frozen=True)
class SentForm:
    """Fields of a form, as typed. file: name and content of its file; None without one. is_too_large: True if the form
    exceeds the limit, so that nothing of the form is known.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, bytes] | None = None
    is_too_large: bool = False


def is_multipart(request: Request) -> bool:
    """Return True if the request is a form that may contain a file."""
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def read_multipart(request: Request, bodies: BodyReader) -> SentForm:
    """Return the fields and the file of a multipart form. Raises BodyIncomplete."""
    kind = request.headers.get("content-type", "")
    try:
        async with bodies.read(request, FORM_LIMIT) as body:
            form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    except BodyTooLarge:
        return SentForm(is_too_large=True)
    fields: dict[str, str] = {}
    file: tuple[str, bytes] | None = None
    for part in list(form.walk())[: MOST_FIELDS + 1]:
        payload, name = part.get_payload(decode=True), part.get_param("name", header="content-disposition")
        if not isinstance(payload, bytes) or not isinstance(name, str):
            continue
        if name == FILE:
            # A browser sends an empty part for a file that was not chosen.
            filename = _filename(part)
            file = (filename, payload) if filename or payload else None
            continue
        text = payload.decode("utf-8", "replace").replace("\0", "").strip()
        fields[name] = f"{fields[name]}{MANY}{text}" if name in fields else text
    return SentForm(fields, file)


def _filename(part: Message) -> str:
    """Return a file's name, which browsers send as plain UTF-8 (RFC 7578, 4.2); empty without one."""
    raw = next((str(value) for name, value in part.raw_items() if name.lower() == "content-disposition"), "")
    found = _FILENAME.search(raw)
    return found[1].encode("ascii", "surrogateescape").decode("utf-8", "replace") if found is not None else ""


async def keep_file(visit: Visit, form: SentForm, operation: UUID) -> tuple[UploadFacts | None, Wrong | None]:
    """Store the file of a form, or remove the one stored earlier. Return the file of the operation, and the error if
    the new file was refused. The caller has checked the permission for the form's command.
    """
    keep, refused = visit.use.keep_upload(), None
    if form.fields.get(DROP):
        await keep.drop(visit.who, operation)
    if form.is_too_large:
        refused = too_large()
    elif form.file is not None:
        try:
            await keep.store(visit.who, operation, *form.file)
        except Wrong as wrong:
            refused = wrong
    return await keep.facts(visit.who, operation), refused
