"""Creation, verification and restore of backups."""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any, Final, TypeVar

from subscriptions.domain.entities.backup import Backup, Keep
from subscriptions.domain.ports.backup_keeper import BackupFailed
from subscriptions.infrastructure.backups import databases
from subscriptions.infrastructure.backups.errors import Unreadable
from subscriptions.infrastructure.backups.postgres import Restore, open_dump, open_restore
from subscriptions.infrastructure.backups.sealing import Keys
from subscriptions.infrastructure.backups.store import BackupStore, Readable

T = TypeVar("T")

_FORMAT: Final = 1
_LONGEST_HEAD: Final = 65_536


@dataclass(frozen=True, kw_only=True)
class Head:
    """Header of a backup. `revision`: schema revision of its tables. `rows`: number of rows per table."""

    made_at: datetime
    revision: str
    rows: Mapping[str, int]

    def serialize(self) -> bytes:
        """Return the header as one line of bytes, to be written before the dump."""
        head = {"umbral": _FORMAT, "made_at": self.made_at.isoformat(), "revision": self.revision, "rows": self.rows}
        return json.dumps(head, default=dict).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Head":
        """Parse a header. Raises Unreadable if the header is invalid or was written by a newer version of Umbral."""
        try:
            head = json.loads(line)
            if head["umbral"] != _FORMAT:
                raise Unreadable("it was made by a newer version of Umbral; install that one to bring it back")
            return cls(made_at=datetime.fromisoformat(head["made_at"]), revision=head["revision"], rows=head["rows"])
        except (ValueError, KeyError, TypeError) as error:
            raise Unreadable("what it says of itself cannot be read") from error


class Backups:
    """Implementation of BackupKeeper with pg_dump, encryption and a backup store. A method that raises BackupFailed, or
    whose process is killed, leaves no backup that looks complete.
    """

    def __init__(
        self, store: BackupStore, keys: Keys, clock: Callable[[], datetime], url: str, proving_server: str
    ) -> None:
        """url: address of the database, for a role that may read all tables
        proving_server: address of a server on which backups are verified; databases can be created and dropped there
        """
        self._store = store
        self._keys = keys
        self._clock = clock
        self._url = url
        self._proving_server = proving_server

    @property
    def opens(self) -> bool:
        """Implements `BackupKeeper.opens`."""
        return self._keys.opens

    async def all(self) -> Sequence[Backup]:
        """Return the existing backups, the newest first."""
        return await asyncio.to_thread(self._store.all)

    async def get(self, name: str | None) -> Backup:
        """Return the backup with this name, or the newest if None. Raises BackupFailed if there is none."""
        backups = await self.all()
        backup = next((each for each in backups if name in {None, each.name}), None)
        if backup is None:
            raise BackupFailed(f"there is no backup {name or 'at all'} in {self._store.location}")
        return backup

    async def make(self) -> Backup:
        """Back up the current database. Two calls at the same time make two backups."""
        backup = Backup.begin(self._clock(), token_hex(4))
        async with databases.connect(self._url) as connection, databases.snapshot(connection) as moment:
            head = Head(
                made_at=backup.made_at,
                revision=await databases.revision(connection),
                rows=await databases.rows(connection),
            )
            await _in_thread(lambda stop: self._write(backup.name, moment, head, stop))
        return await self.get(backup.name)

    async def verify(self, backup: Backup) -> None:
        """Restore the backup into a temporary database. Raises Unreadable if the schema revision or a table's number of
        rows differs from the backup's header.
        """
        async with databases.scratch(self._proving_server) as url:
            head = await self._bring(backup, url, lambda _: None)
            async with databases.connect(url) as connection:
                contents = (await databases.revision(connection), dict(await databases.rows(connection)))
        if contents != (head.revision, dict(head.rows)):
            raise Unreadable("brought back, it does not hold what it was made of")

    async def restore(self, backup: Backup, accept: Callable[[Head], None]) -> Head:
        """Restore the backup into the database, which must be empty. Return the backup's header.

        accept: function that is called with the header before anything is written; it raises to refuse the backup
        """
        await databases.require_empty(self._url)
        return await self._bring(backup, self._url, accept)

    async def prune(self, keep: Keep) -> Sequence[Backup]:
        """Delete the backups that the retention rule does not keep, and incomplete files of killed processes. Return
        the deleted backups.
        """
        there_backups = await self.all()
        kept_backups = keep.select(there_backups)
        backups = [each for each in there_backups if each not in kept_backups]
        await asyncio.to_thread(self._store.remove, [each.name for each in backups])
        await asyncio.to_thread(self._store.sweep)
        return backups

    async def _bring(self, backup: Backup, url: str, accept: Callable[[Head], None]) -> Head:
        return await _in_thread(lambda stop: self._read_head(backup.name, url, accept, stop))

    def _write(self, name: str, moment: str, head: Head, stop: threading.Event) -> None:
        with open_dump(self._url, moment, head.serialize()) as dump, self._store.writer(name) as sink:
            self._keys.seal(_Stoppable(dump, stop), sink)

    def _read_head(self, name: str, url: str, accept: Callable[[Head], None], stop: threading.Event) -> Head:
        with open_restore(url) as target:
            archive = _HeadReader(target, accept)
            self._keys.open(_Stoppable(self._store.reading(name), stop), archive)
            if archive.head is None:
                raise Unreadable("it is empty")
            target.finish()
            return archive.head


class _HeadReader:
    """Sink that parses the header and forwards the remaining data."""

    def __init__(self, target: Restore, accept: Callable[[Head], None]) -> None:
        self._target = target
        self._accept = accept
        self._buffer = b""
        self.head: Head | None = None

    def write(self, data: bytes, /) -> int:
        if self.head is not None:
            return self._target.write(data)
        self._buffer += data
        line, end, rest = self._buffer.partition(b"\n")
        if end:
            self.head = Head.parse(line)
            self._accept(self.head)
            self._target.write(rest)
        elif len(self._buffer) > _LONGEST_HEAD:
            raise Unreadable("what it says of itself has no end")
        return len(data)


@dataclass(frozen=True)
class _Stoppable:
    source: Readable
    stop: threading.Event

    def read(self, size: int, /) -> bytes:
        if self.stop.is_set():
            raise BackupFailed("it was broken off")
        return self.source.read(size)


async def _in_thread(work: Callable[[threading.Event], T]) -> T:
    """Run blocking work in a thread. If canceled, stop the work and wait until it has cleaned up."""
    stop = threading.Event()
    task: asyncio.Task[Any] = asyncio.create_task(asyncio.to_thread(work, stop))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait({task})
        raise
