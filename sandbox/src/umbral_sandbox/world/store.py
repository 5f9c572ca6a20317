"""Document store on SQLite, whose records are pydantic models in memory, written through at commit."""

import json
import sqlite3
from collections.abc import Callable, Iterator, ValuesView
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)
Key = str | int
_Changes = tuple[list[tuple[str, str, str]], list[tuple[str, str]]]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (collection, key)
) WITHOUT ROWID
"""


class Collection(Generic[M]):
    """Records of one kind by key, in the order in which they were first put (after a restart: by key).

    After changing a record in place, ``put`` the record again: only records that were put are written at the next
    commit.
    """

    def __init__(self, name: str, model: type[M]) -> None:
        self.name = name
        self.model = model
        self._records: dict[Key, M] = {}
        self._dirty: set[Key] = set()

    def get(self, key: Key) -> M | None:
        """Return the record under ``key``, or None."""
        return self._records.get(key)

    def put(self, key: Key, record: M) -> M:
        """Store a new or changed record, mark the record to be written, and return the record."""
        self._records[key] = record
        self._dirty.add(key)
        return record

    def delete(self, key: Key) -> None:
        """Delete the record, if there is one."""
        if self._records.pop(key, None) is not None:
            self._dirty.add(key)

    def values(self) -> ValuesView[M]:
        """Return a live view of all records."""
        return self._records.values()

    def newest_first(self) -> Iterator[M]:
        """Iterate over all records in reverse order of their first put."""
        return reversed(self._records.values())

    def items(self) -> Iterator[tuple[Key, M]]:
        """Iterate over keys and records; the collection may change meanwhile."""
        return iter(list(self._records.items()))

    def clear(self) -> None:
        """Delete every record."""
        self._dirty.update(self._records)
        self._records.clear()

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, key: Key) -> bool:
        return key in self._records

    def _load(self, rows: list[tuple[str, str]]) -> None:
        keyed = [(_decode(key), body) for key, body in rows]
        # Numbers before texts, each sorted: for counted keys, this is the order of creation.
        keyed.sort(key=lambda row: (isinstance(row[0], str), row[0]))
        self._records = {key: self.model.model_validate_json(body) for key, body in keyed}

    def _take_changes(self) -> _Changes:
        written: list[tuple[str, str, str]] = []
        deleted: list[tuple[str, str]] = []
        for key in self._dirty:
            record = self._records.get(key)
            if record is None:
                deleted.append((self.name, _encode(key)))
            else:
                written.append((self.name, _encode(key), record.model_dump_json()))
        self._dirty.clear()
        return written, deleted


class Store:
    """Store of all collections of one world. path: database file; None for memory only."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        # The web server may run the loop in a thread other than the one that opened the world (tests do).
        self._database = sqlite3.connect(path if path is not None else ":memory:", check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        # In WAL mode NORMAL loses nothing if the process is killed, only if the machine loses power.
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(_SCHEMA)
        self._flushers: list[Callable[[], _Changes]] = []
        self._clearers: list[Callable[[], None]] = []
        self._names: set[str] = set()

    def collection(self, name: str, model: type[M]) -> Collection[M]:
        """Open the collection ``name`` and load all its records; raise ValueError if the collection is already open."""
        if name in self._names:
            raise ValueError(f"collection {name} is open already")
        opened = Collection(name, model)
        rows = self._database.execute("SELECT key, body FROM documents WHERE collection = ?", (name,))
        opened._load(rows.fetchall())
        self._names.add(name)
        self._flushers.append(opened._take_changes)
        self._clearers.append(opened.clear)
        return opened

    def flush(self) -> bool:
        """Write every changed record in one transaction; return False if no record was changed."""
        changes = [flush() for flush in self._flushers]
        written = [row for rows, _ in changes for row in rows]
        deleted = [row for _, rows in changes for row in rows]
        if not written and not deleted:
            return False
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", written)
            self._database.executemany("DELETE FROM documents WHERE collection = ? AND key = ?", deleted)
        return True

    def clear(self) -> None:
        """Delete every record of every open collection."""
        for clear in self._clearers:
            clear()

    def close(self) -> None:
        """Write pending changes and close the file."""
        self.flush()
        self._database.close()


def _encode(key: Key) -> str:
    return json.dumps(key)


def _decode(text: str) -> Key:
    key = json.loads(text)
    if not isinstance(key, str | int):
        raise TypeError(f"{text} is no key of a document")
    return key
