"""Reading of multipart forms (RFC 7578)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Final

_DISPOSITION: Final = re.compile(rb"^content-disposition:[ \t]*form-data(.*)$", re.IGNORECASE | re.MULTILINE)
_PARAMETER: Final = re.compile(r';[ \t]*(name|filename)="([^"]*)"', re.IGNORECASE)
_HEAD_LIMIT: Final = 4096
"""Maximum size of a part's header, in bytes."""


@dataclass(frozen=True)
class FormPart:
    """Field of a form, or a file. filename: empty for a field, and for a file that was not chosen."""

    name: str
    filename: str
    content: bytes

    @property
    def text(self) -> str:
        """Content of a field."""
        return self.content.decode("utf-8", "replace").replace("\0", "").strip()


def parts_of(content_type: str, body: bytes, most: int) -> Sequence[FormPart]:
    """Return the named parts among the first `most` parts of a form. The required time and memory depend only on the
    size of the body, and not on its content.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if not boundary:
        return []
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1", "replace"), most + 1)
    return [part for part in map(_part, pieces[1 : most + 1]) if part is not None]


def _part(piece: bytes) -> FormPart | None:
    head, _, content = piece.partition(b"\r\n\r\n")
    disposition = _DISPOSITION.search(head) if len(head) <= _HEAD_LIMIT else None
    if disposition is None:
        return None
    # Browsers send names as plain UTF-8 (RFC 7578, 4.2).
    found = _PARAMETER.findall(disposition[1].decode("utf-8", "replace"))
    parameters = {key.lower(): value for key, value in found}
    if "name" not in parameters:
        return None
    return FormPart(name=parameters["name"], filename=parameters.get("filename", ""), content=content)
