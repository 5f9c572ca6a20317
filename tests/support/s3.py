"""A server that implements the parts of S3 that backups need: objects, ranges, lists, and multipart uploads.

An object is either complete or absent, as https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
describes: lists do not include an upload that was never completed.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

KEY_ID, SECRET, BUCKET = "AKIDEXAMPLE", "a-secret-of-the-bucket", "copies"
_NEWS = "Sat, 21 Nov 2026 00:00:00 GMT"


class Bucket:
    """Content of the server. uploads: uploads that are in progress or were abandoned. refuses: True to refuse all
    requests.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.refuses = False
        self.numbers = count(1)

    @property
    def settings(self) -> dict[str, str]:
        """Settings of a process that stores its backups on this server."""
        return {
            "BACKUP_TO": f"s3://{BUCKET}/night",
            "BACKUP_S3_ENDPOINT": self.address,
            "BACKUP_S3_KEY_ID": KEY_ID,
            "BACKUP_S3_SECRET": SECRET,
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def _begin(self) -> tuple[str, dict[str, str], bytes]:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return unquote(parts.path).removeprefix(f"/{BUCKET}").lstrip("/"), asked, body

    def _answer(self, status: int, body: bytes | str = b"", **headers: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _may(self) -> bool:
        if not self.bucket.refuses and f"Credential={KEY_ID}/" in self.headers.get("Authorization", ""):
            return True
        self._answer(403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        return False

    def do_PUT(self) -> None:
        key, asked, body = self._begin()
        if not self._may():
            return
        tag = f'"{hashlib.md5(body).hexdigest()}"'  # noqa: S324
        if "uploadId" in asked:
            self.bucket.uploads[asked["uploadId"]][int(asked["partNumber"])] = body
        else:
            self.bucket.objects[key] = body
        self._answer(200, ETag=tag)

    def do_POST(self) -> None:
        key, asked, _ = self._begin()
        if not self._may():
            return
        if "uploads" in asked:
            upload = f"upload-{next(self.bucket.numbers)}"
            self.bucket.uploads[upload] = {}
            reported = f"<Bucket>{BUCKET}</Bucket><Key>{escape(key)}</Key><UploadId>{upload}</UploadId>"
            self._answer(200, f"<InitiateMultipartUploadResult>{reported}</InitiateMultipartUploadResult>")
            return
        parts = self.bucket.uploads.pop(asked["uploadId"])
        self.bucket.objects[key] = b"".join(parts[number] for number in sorted(parts))
        reported = f"<Bucket>{BUCKET}</Bucket><Key>{escape(key)}</Key><ETag>x</ETag>"
        self._answer(200, f"<CompleteMultipartUploadResult>{reported}</CompleteMultipartUploadResult>")

    def do_DELETE(self) -> None:
        key, asked, _ = self._begin()
        if not self._may():
            return
        if "uploadId" in asked:
            self.bucket.uploads.pop(asked["uploadId"], None)
        else:
            self.bucket.objects.pop(key, None)
        self._answer(204)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        key, asked, _ = self._begin()
        if not self._may():
            return
        if not key:
            self._list(asked.get("prefix", ""))
            return
        found = self.bucket.objects.get(key)
        if found is None:
            self._answer(404, "<Error><Code>NoSuchKey</Code></Error>")
            return
        first, _, last = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        about = {"ETag": '"x"', "Last_Modified": _NEWS}
        if first:
            end = min(int(last) + 1, len(found))
            span = f"bytes {first}-{end - 1}/{len(found)}"
            self._answer(206, found[int(first) : end], Content_Range=span, **about)
        else:
            self._answer(200, found, Content_Length=str(len(found)), **about)

    def _list(self, prefix: str) -> None:
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-21T00:00:00.000Z</LastModified><ETag>x</ETag>"
            f"<Size>{len(body)}</Size></Contents>"
            for key, body in sorted(self.bucket.objects.items())
            if key.startswith(prefix)
        )
        self._answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>")

    def log_message(self, *said: object) -> None:
        """Suppress the log."""


@contextmanager
def s3_store() -> Iterator[Bucket]:
    """Run the server while the block runs."""
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        handler.bucket = Bucket(f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield handler.bucket
        finally:
            server.shutdown()
            serving.join()
