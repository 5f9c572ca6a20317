"""Reading of a Bot API call's values from the query and from a JSON, urlencoded or multipart body."""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from umbral_sandbox.bot_api.errors import BotApiError, bad_request
from umbral_sandbox.bot_api.parameters.base import Upload

_MAX_BODY = 50 * 1024 * 1024
_TEXT_PART = 1024 * 1024


@dataclass(slots=True)
class RawCall:
    """Received call: values by name, as text or as parsed JSON, and files."""

    values: dict[str, object] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def logged(self) -> dict[str, object]:
        """Return the values, with a placeholder in place of each file."""
        files = {name: f"<file {upload.name}, {len(upload.data)} bytes>" for name, upload in self.files.items()}
        return {**self.values, **files}


async def read_call(request: Request) -> RawCall:
    """Return the values of the call; the body overrides the query. Raise BotApiError for an unreadable body."""
    call = RawCall(dict(_pairs(bytes(request.scope["query_string"]))))
    if request.method != "POST":
        return call
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "multipart/form-data":
        await _read_multipart(request, call)
        return call
    body = await _body(request)
    if kind == "application/json":
        call.values.update(_object(body))
    elif kind == "application/x-www-form-urlencoded":
        call.values.update(_pairs(body))
    elif body:
        raise bad_request("unsupported content type of the request body")
    return call


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _MAX_BODY:
            raise BotApiError(413, "Request Entity Too Large")
        parts.append(part)
    return b"".join(parts)


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        text = raw.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict")
    except UnicodeDecodeError as error:
        raise bad_request("strings must be encoded in UTF-8") from error


def _object(body: bytes) -> dict[str, object]:
    if not body:
        return {}
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise bad_request("strings must be encoded in UTF-8") from error
    except ValueError as error:
        raise bad_request("can't parse JSON object") from error
    if not isinstance(value, dict):
        raise bad_request("JSON object expected as the request body")
    return value


async def _read_multipart(request: Request, call: RawCall) -> None:
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > _MAX_BODY:
        raise BotApiError(413, "Request Entity Too Large")
    parser = MultiPartParser(request.headers, request.stream(), max_part_size=_TEXT_PART)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise bad_request(f"can't parse multipart form: {error.message}") from error
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            call.files[name] = Upload(value.filename or name, value.content_type or "", content)
        else:
            call.values[name] = value
    await form.close()
