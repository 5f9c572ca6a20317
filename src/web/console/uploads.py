"""Forms of the console with a file, and storage of the file until the form's command is run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from fastapi import Request

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.posts.keep_upload import FILE_LIMIT, MEGABYTE, SUFFIXES, too_large
from subscriptions.domain.entities.upload import UploadFacts
from web.body import BodyReader, BodyTooLarge
from web.console.sign_in import MANY, MOST_FIELDS
from web.console.visit import Visit
from web.multipart import parts_of

FILE: Final = "file"
"""Name of the form field that contains the file."""
DROP: Final = "drop_file"
"""Name of the form field that removes the file stored earlier."""
FORM_LIMIT: Final = FILE_LIMIT + 512 * 1024
"""Maximum size of a form with a file, in bytes."""
FILE_RULES: Final = {
    "accept": ",".join(f".{suffix}" for suffix in SUFFIXES),
    "most": FILE_LIMIT,
    "mb": FILE_LIMIT // MEGABYTE,
}
"""Attributes of the file input: the permitted types, and the size limit in bytes and in megabytes."""


@dataclass(frozen=True)
class SentForm:
    """Fields of a form, as typed. file: name and content of the form's file; None if there is no file. is_too_large:
    True if the form exceeds the limit, in which case nothing else about the form is known.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, bytes] | None = None
    is_too_large: bool = False


def is_multipart(request: Request) -> bool:
    """Return True if the request is a form that may contain a file."""
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def read_multipart(request: Request, bodies: BodyReader) -> SentForm:
    """Return the fields and the file of a multipart form. Raises BodyIncomplete if the form was not received
    completely.
    """
    try:
        async with bodies.read(request, FORM_LIMIT) as body:
            parts = parts_of(request.headers.get("content-type", ""), body, MOST_FIELDS + 1)
    except BodyTooLarge:
        return SentForm(is_too_large=True)
    fields: dict[str, str] = {}
    file: tuple[str, bytes] | None = None
    for part in parts:
        if part.name == FILE:
            # A browser sends an empty part for a file that was not chosen.
            file = (part.filename, part.content) if part.filename or part.content else None
        else:
            fields[part.name] = f"{fields[part.name]}{MANY}{part.text}" if part.name in fields else part.text
    return SentForm(fields, file)


async def keep_file(visit: Visit, form: SentForm, operation: UUID) -> tuple[UploadFacts | None, Wrong | None]:
    """Store the file of a form, or remove the file stored earlier. Return the file now stored for the operation, and
    the error if the new file was refused. The caller must have checked the permission for the form's command.
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
