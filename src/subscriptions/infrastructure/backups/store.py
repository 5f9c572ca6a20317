"""Storage of backups: a folder or an S3-compatible bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import obstore
from obstore.store import LocalStore, S3Store

from subscriptions.domain.entities.backup import Backup
from subscriptions.infrastructure.backups.errors import store_errors

if TYPE_CHECKING:
    from obstore import ReadableFile, WritableFile
    from obstore.store import S3Config

PART: Final = 8 * 1024 * 1024
"""Size of an uploaded part in bytes. S3 allows 10,000 parts per object, so the maximum size of a backup is about 80 GB.
"""
_AT_ONCE: Final = 2
_LEFT_BEHIND_S: Final = 86_400.0
"""Age in seconds after which an incomplete file counts as abandoned."""


class Readable(Protocol):
    """Source of bytes."""

    def read(self, size: int, /) -> bytes: ...


class Writable(Protocol):
    """Sink of bytes."""

    def write(self, data: bytes, /) -> int: ...


class BackupStore:
    """Storage of backups. A file becomes visible only when it is complete. Every method raises BackupFailed if the
    storage fails.
    """

    def __init__(self, location: str, options: Mapping[str, str]) -> None:
        """location: a folder (created on first use), or `s3://bucket/prefix`
        options: for S3, `endpoint`, `region`, `access_key_id` and `secret_access_key`
        """
        self.location = location
        parts = urlsplit(location)
        self._folder = None if parts.scheme == "s3" else Path(location)
        with store_errors(f"{location} cannot be opened"):
            if self._folder is not None:
                # Incomplete files in the folder have the process's default mode.
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._store: LocalStore | S3Store = (
                LocalStore(self._folder.absolute(), mkdir=True)
                if self._folder is not None
                else _s3(parts.netloc, parts.path.strip("/"), options)
            )

    def all(self) -> Sequence[Backup]:
        """Return all backups in the location, the newest first."""
        with store_errors(f"{self.location} cannot be listed"):
            files = [each for page in obstore.list(self._store) for each in page]
        backups = [Backup.from_name(each["path"], each["size"]) for each in files]
        return sorted((each for each in backups if each is not None), reverse=True)

    def has(self, name: str) -> bool:
        """Return True if a file with this name exists."""
        with store_errors(f"{self.location} cannot be listed"):
            return any(each["path"] == name for page in obstore.list(self._store) for each in page)

    @contextmanager
    def writer(self, name: str) -> Iterator[Writable]:
        """Open a new file for writing. If the block raises, no file remains."""
        with store_errors(f"{name} cannot be written to {self.location}"):
            writer = obstore.open_writer(self._store, name, buffer_size=PART, max_concurrency=_AT_ONCE)
        sink = _Sink(writer, f"{name} cannot be written to {self.location}")
        yield sink
        # Only closing makes the file visible; a process that dies earlier leaves at most parts that are not listed.
        with store_errors(sink.doing):
            writer.close()
            if self._folder is not None:
                (self._folder / name).chmod(0o600)

    def reading(self, name: str) -> Readable:
        """Open a backup for reading."""
        doing = f"{name} cannot be read from {self.location}"
        with store_errors(doing):
            return _Source(obstore.open_reader(self._store, name, buffer_size=PART), doing)

    def remove(self, names: Sequence[str]) -> None:
        """Delete backups. A missing backup is not an error, because two processes may delete at the same time."""
        for name in names:
            with store_errors(f"{name} cannot be removed from {self.location}"):
                try:
                    self._store.delete(name)
                except FileNotFoundError:
                    continue

    def sweep(self) -> None:
        """Delete incomplete files that killed processes left in a folder over a day ago. In S3, the bucket's lifecycle
        rules delete them.
        """
        if self._folder is None:
            return
        with store_errors(f"{self.location} cannot be tidied"):
            for path in self._folder.glob("umbral-*.age#*"):
                if time() - path.stat().st_mtime > _LEFT_BEHIND_S:
                    path.unlink(missing_ok=True)


def _s3(bucket: str, prefix: str, options: Mapping[str, str]) -> S3Store:
    config: S3Config = {}
    if endpoint := options.get("endpoint"):
        config["endpoint"] = endpoint
    if region := options.get("region"):
        config["region"] = region
    if key_id := options.get("access_key_id"):
        config["access_key_id"], config["secret_access_key"] = key_id, options.get("secret_access_key", "")
    is_plain = options.get("endpoint", "").startswith("http://")
    return S3Store(bucket, prefix=prefix or None, config=config, client_options={"allow_http": is_plain})


class _Sink:
    def __init__(self, writer: WritableFile, doing: str) -> None:
        self._writer = writer
        self.doing = doing

    def write(self, data: bytes, /) -> int:
        with store_errors(self.doing):
            return self._writer.write(data)

    def flush(self) -> None:
        """Do nothing; parts are sent when they are full."""


@dataclass(frozen=True)
class _Source:
    reader: ReadableFile
    doing: str

    def read(self, size: int, /) -> bytes:
        with store_errors(self.doing):
            return self.reader.read(size).to_bytes()
