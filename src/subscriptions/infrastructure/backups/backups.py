"""Creation, verification and restore of backups."""

import asyncio
import io
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
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

SETTINGS_KEY: Final = "umbral-settings-key.age"
"""Name of the file with the master key of the settings that were entered in the browser."""
_FORMAT: Final = 1
_LONGEST_HEAD: Final = 65_536


@dataclass(frozen=True, kw_only=True)
class Head:
    """Header of a backup.

    revision: schema revision of its tables
    rows: number of rows per table
    features: schema revision of each feature with tables; empty in a backup of version 1.0.0
    """

    made_at: datetime
    revision: str
    rows: Mapping[str, int]
    features: Mapping[str, str] = field(default_factory=dict)

    def serialize(self) -> bytes:
        """Return the header as one line of bytes, to be written before the dump."""
        head = {
            "umbral": _FORMAT,
            "made_at": self.made_at.isoformat(),
            "revision": self.revision,
            "rows": self.rows,
            "features": self.features,
        }
        return json.dumps(head, default=dict).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Head":
        """Parse a header. Raises Unreadable if the header is invalid or was written by a newer version of Umbral."""
        try:
            head = json.loads(line)
            if head["umbral"] != _FORMAT:
                raise Unreadable("it was made by a newer version of Umbral; install that one to bring it back")
            return cls(
                made_at=datetime.fromisoformat(head["made_at"]),
                revision=str(head["revision"]),
                rows={str(name): int(count) for name, count in head["rows"].items()},
                features={str(name): str(each) for name, each in head.get("features", {}).items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable("what it says of itself cannot be read") from error


CreateTables = Callable[[str, Head], None]
"""Function that creates the tables of a backup in an empty database, by its address, with Umbral's migrations. Raises
BackupFailed, before anything is written, if this version cannot create them.
"""


class Backups:
    """Implementation of BackupKeeper with pg_dump, encryption and a backup store. A method that raises BackupFailed, or
    whose process is killed, leaves no backup that looks complete.
    """

    def __init__(
        self,
        store: BackupStore,
        keys: Keys,
        clock: Callable[[], datetime],
        url: str,
        proving_server: str,
        create_tables: CreateTables,
        *,
        is_unsigned: bool = False,
    ) -> None:
        """url: address of the database, for a role that may read all tables
        proving_server: address of a server on which backups are verified; databases can be created and dropped there
        is_unsigned: True to read backups without a signature of this shop as well
        """
        self._store = store
        self._keys = keys
        self._clock = clock
        self._url = url
        self._proving_server = proving_server
        self._create_tables = create_tables
        self._is_unsigned = is_unsigned

    @property
    def opens(self) -> bool:
        """Implements `BackupKeeper.opens`."""
        return self._keys.opens

    @property
    def signs(self) -> bool:
        """True if the backups that this object makes have the shop's signature."""
        return self._keys.signs

    @property
    def location(self) -> str:
        """Folder or bucket of the backups."""
        return self._store.location

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
                features=await databases.feature_revisions(connection),
            )
            await _in_thread(lambda stop: self._write(backup.name, moment, head, stop))
        return await self.get(backup.name)

    async def verify(self, backup: Backup) -> None:
        """Restore the backup into a temporary database. Raises Unreadable if it is not signed by this shop, or if its
        rows differ from the backup's header.
        """
        async with databases.scratch(self._proving_server) as url:
            await self._bring(backup, url)

    async def refusal(self, backup: Backup) -> str:
        """Return the reason for which a restore would refuse the first part of a backup; empty if it would not."""
        return await asyncio.to_thread(self._refusal, backup.name)

    async def restore(self, backup: Backup) -> Head:
        """Restore the backup into the database, which must be empty. Return the backup's header.

        The tables are created by Umbral's migrations; only rows are taken from the backup.
        """
        await databases.require_empty(self._url)
        return await self._bring(backup, self._url)

    async def keep_settings_key(self, key: str) -> None:
        """Store the master key of the settings that were entered in the browser among the backups, encrypted and signed
        as these.
        """
        await asyncio.to_thread(self._write_key, key)

    async def has_settings_key(self) -> bool:
        """Return True if a copy of the master key is stored."""
        return await asyncio.to_thread(self._store.has, SETTINGS_KEY)

    async def settings_key(self) -> str | None:
        """Return the stored master key; None if none was stored. Raises Unreadable like `verify`."""
        return await asyncio.to_thread(self._read_key)

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

    async def _bring(self, backup: Backup, url: str) -> Head:
        return await _in_thread(lambda stop: self._load(backup.name, url, stop))

    def _write_key(self, key: str) -> None:
        with self._store.writer(SETTINGS_KEY) as sink:
            self._keys.seal(io.BytesIO(key.encode()), sink)

    def _read_key(self) -> str | None:
        if not self._store.has(SETTINGS_KEY):
            return None
        sink = io.BytesIO()
        self._keys.open(self._store.reading(SETTINGS_KEY), sink, is_unsigned=self._is_unsigned)
        return sink.getvalue().decode("ascii", "replace")

    def _refusal(self, name: str) -> str:
        def begin(_: Head) -> Restore:
            raise _Accepted

        archive = _Archive(begin)
        try:
            self._keys.open(self._store.reading(name), archive, is_unsigned=self._is_unsigned)
            archive.finish()
        except Unreadable as error:
            return str(error)
        except _Accepted:
            return ""
        return ""

    def _write(self, name: str, moment: str, head: Head, stop: threading.Event) -> None:
        with open_dump(self._url, moment, head.serialize()) as dump, self._store.writer(name) as sink:
            self._keys.seal(_Stoppable(dump, stop), sink)

    def _load(self, name: str, url: str, stop: threading.Event) -> Head:
        with ExitStack() as stack:

            def begin(head: Head) -> Restore:
                asyncio.run(databases.note_begin(url))
                self._create_tables(url, head)
                return stack.enter_context(open_restore(url, head.rows))

            archive = _Archive(begin)
            source = _Stoppable(self._store.reading(name), stop)
            self._keys.open(source, archive, is_unsigned=self._is_unsigned)
            return archive.finish()


class _Accepted(BackupFailed):
    """Raised to stop reading a backup after its header."""


class _Archive:
    """Sink that parses the header, and passes the remaining data to the restore that `begin` starts."""

    def __init__(self, begin: Callable[[Head], Restore]) -> None:
        self._begin = begin
        self._buffer = b""
        self._begun: tuple[Head, Restore] | None = None

    def write(self, data: bytes, /) -> int:
        if self._begun is not None:
            return self._begun[1].write(data)
        self._buffer += data
        line, end, rest = self._buffer.partition(b"\n")
        if end:
            head = Head.parse(line)
            self._begun = head, self._begin(head)
            self._begun[1].write(rest)
        elif len(self._buffer) > _LONGEST_HEAD:
            raise Unreadable("what it says of itself has no end")
        return len(data)

    def finish(self) -> Head:
        """Commit the rows, and return the header. Call only when the backup is known to be complete and genuine."""
        if self._begun is None:
            raise Unreadable("it is empty")
        head, restore = self._begun
        restore.finish()
        return head


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
