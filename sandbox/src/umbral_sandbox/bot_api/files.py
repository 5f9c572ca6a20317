"""Storage of sent files: uploads with their content, and files given by URL, whose content is not copied."""

import base64
import mimetypes
from urllib.parse import urlsplit

from pydantic import BaseModel, JsonValue

from umbral_sandbox.bot_api.entities.links import LinkError, checked_url
from umbral_sandbox.bot_api.errors import bad_request
from umbral_sandbox.bot_api.fetching import found_at
from umbral_sandbox.bot_api.images import image_size
from umbral_sandbox.bot_api.parameters.base import Upload
from umbral_sandbox.world.ids import URL_SAFE
from umbral_sandbox.world.world import World

_UNKNOWN_SIZE = (1280, 720)
_PHOTO_LIMIT = 10 * 1024 * 1024


class StoredFile(BaseModel):
    """Stored file; `data` is base64, and empty for a file given by address."""

    file_id: str
    unique_id: str
    name: str
    mime_type: str
    size: int
    width: int = 0
    height: int = 0
    data: str = ""
    url: str | None = None

    @property
    def path(self) -> str:
        """Return the download path that getFile returns."""
        folder = "photos" if self.width else "documents"
        return f"{folder}/{self.unique_id}/{self.name}"

    @property
    def shown_at(self) -> str:
        """Return the address of the file for the sandbox's page."""
        return self.url or f"/files/{self.unique_id}/{self.name}"

    def content(self) -> bytes:
        """Return the bytes of the file."""
        return base64.b64decode(self.data)

    def described(self) -> dict[str, JsonValue]:
        """Return the fields of the Bot API's File that all kinds of files have in common."""
        found: dict[str, JsonValue] = {"file_id": self.file_id, "file_unique_id": self.unique_id}
        return {**found, "file_size": self.size} if self.size else found

    def as_photo(self) -> dict[str, JsonValue]:
        """Return the photo of a message, in one size."""
        return {"photo": [{**self.described(), "width": self.width, "height": self.height}]}

    def as_video(self, width: int, height: int, duration: int) -> dict[str, JsonValue]:
        """Return the video of a message, with the size and duration that its sender gave."""
        named = {"file_name": self.name, "mime_type": self.mime_type}
        return {"video": {**self.described(), "width": width, "height": height, "duration": duration, **named}}

    def as_document(self) -> dict[str, JsonValue]:
        """Return the document of a message."""
        return {"document": {**self.described(), "file_name": self.name, "mime_type": self.mime_type}}


class Files:
    """Files stored in one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stored = world.store.collection("bot_api_files", StoredFile)

    def find(self, file_id: str) -> StoredFile:
        """Return the file with this id; raise BotApiError for an unknown id."""
        stored = self._stored.get(file_id) or self._received(file_id)
        if stored is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return stored

    def _received(self, file_id: str) -> StoredFile | None:
        """Return a file that a person sent to a bot. Without content given by the sender, the file has no bytes."""
        found = self._world.telegram.chats.file(file_id)
        if found is None:
            return None
        kind, file = found
        size = _UNKNOWN_SIZE if kind == "photo" else (0, 0)
        sent = self._world.sent_files.get(file_id)
        data = sent.words.encode(sent.encoding, "replace") if sent is not None else b""
        return StoredFile(
            file_id=file_id,
            unique_id=str(file["file_unique_id"]),
            name=str(file.get("file_name", "photo.jpg")),
            mime_type=str(file.get("mime_type", "image/jpeg")),
            size=len(data) or 1024,
            width=size[0],
            height=size[1],
            data=base64.b64encode(data).decode(),
        )

    def by_unique_id(self, unique_id: str) -> StoredFile | None:
        """Return an uploaded file by the unique id that all messages with the file share, or None."""
        return next((stored for stored in self._stored.values() if stored.unique_id == unique_id and stored.data), None)

    def by_path(self, path: str) -> StoredFile | None:
        """Return a file by the path that getFile returned, or None."""
        sent = [self._received(str(file_id)) for file_id, _ in self._world.sent_files.items()]
        every = [*self._stored.values(), *(each for each in sent if each is not None)]
        return next((stored for stored in every if stored.path == path and stored.data), None)

    async def taken(self, given: Upload | str, kind: str) -> StoredFile:
        """Return the file passed to a method as an upload, an address or a known id."""
        if isinstance(given, Upload):
            return self._uploaded(given, kind)
        if given.startswith(("http://", "https://")):
            return await self._addressed(given, kind)
        if not given:
            raise bad_request(f"there is no {kind} in the request")
        stored = self.find(given)
        if kind in {"photo", "document"} and (kind == "photo") is not bool(stored.width):
            was = "Photo" if stored.width else "Document"
            raise bad_request(f"can't use file of type {was} as {kind.capitalize()}")
        return stored

    def _uploaded(self, upload: Upload, kind: str) -> StoredFile:
        if not upload.data:
            raise bad_request("file must be non-empty")
        size = image_size(upload.data) if kind == "photo" else (0, 0)
        if size is None or (len(upload.data) > _PHOTO_LIMIT and kind == "photo"):
            raise bad_request("IMAGE_PROCESS_FAILED" if size is None else "file is too big")
        stored = self._new(upload.name, size, len(upload.data))
        stored.data = base64.b64encode(upload.data).decode()
        return self._stored.put(stored.file_id, stored)

    async def _addressed(self, url: str, kind: str) -> StoredFile:
        try:
            checked_url(url)
        except LinkError as error:
            raise bad_request("wrong file identifier/HTTP URL specified") from error
        name = urlsplit(url).path.rsplit("/", 1)[-1] or kind
        found = await found_at(url)
        size = _UNKNOWN_SIZE if found is None else image_size(found)
        if kind == "photo" and size is None:
            raise bad_request("wrong type of the web page content")
        stored = self._new(name, size if kind == "photo" and size else (0, 0), len(found or b""))
        stored.url = url
        return self._stored.put(stored.file_id, stored)

    def _new(self, name: str, size: tuple[int, int], length: int) -> StoredFile:
        return StoredFile(
            file_id=self._world.ids.token("file", 72, URL_SAFE),
            unique_id=self._world.ids.token("file-unique", 16, URL_SAFE),
            name=name.replace("/", "_"),
            mime_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            size=length,
            width=size[0],
            height=size[1],
        )
