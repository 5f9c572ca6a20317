"""Media messages that people send. They suffice to test how bots copy media; only a document can have content."""

import secrets
from collections.abc import Callable, Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from umbral_sandbox.world.telegram.records import Content, SentFile
from umbral_sandbox.world.world import World


class Written(BaseModel):
    """Text, or the caption of a medium (for a poll, the question).

    kind: kind of the medium; None for a text. album: items with the same value form one album. file: content of a
    document, which a bot can download; without content the file is empty. encoding: encoding of that content.
    """

    model_config = ConfigDict(extra="forbid")

    text: str = ""
    kind: Literal["photo", "video", "document", "voice", "sticker", "poll"] | None = None
    album: str | None = None
    file: str | None = None
    encoding: Literal["utf-8", "utf-8-sig", "utf-16", "cp1252"] = "utf-8"


def content_of(world: World, written: Written) -> Content:
    """Return the message as a fragment of a Bot API Message."""
    if written.kind is None:
        return {"text": written.text}
    name: str = written.kind
    media = _MEDIA[name](written.text)
    if written.file is not None:
        size = len(written.file.encode(written.encoding, "replace"))
        media = _file(file_name="picks.csv", mime_type="text/csv") | {"file_size": size}
        world.sent_files.put(str(media["file_id"]), SentFile(words=written.file, encoding=written.encoding))
    content: Content = {name: media}
    if written.text and written.kind not in {"poll", "sticker"}:
        content["caption"] = written.text
    if written.album is not None:
        content["media_group_id"] = written.album
    return content


def _file(**more: JsonValue) -> dict[str, JsonValue]:
    name = secrets.token_urlsafe(18)
    return {"file_id": name, "file_unique_id": name[:12], "file_size": 1024, **more}


def _poll(question: str) -> dict[str, JsonValue]:
    options: list[JsonValue] = [
        {"persistent_id": str(number), "text": text, "voter_count": 0} for number, text in enumerate(("Sí", "No"))
    ]
    return {
        "id": str(secrets.randbits(62)),
        "question": question or "?",
        "options": options,
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    }


_MEDIA: Final[Mapping[str, Callable[[str], JsonValue]]] = {
    "photo": lambda _: [_file(width=1280, height=720)],
    "video": lambda _: _file(width=1280, height=720, duration=9),
    "document": lambda _: _file(file_name="picks.pdf", mime_type="application/pdf"),
    "voice": lambda _: _file(duration=4, mime_type="audio/ogg"),
    "sticker": lambda _: _file(type="regular", width=512, height=512, is_animated=False, is_video=False, emoji="👍"),
    "poll": _poll,
}
