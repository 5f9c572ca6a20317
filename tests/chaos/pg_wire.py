"""The part of PostgreSQL's wire protocol that shows a client's writes and commits."""

from __future__ import annotations

import asyncio
import re
import struct
from dataclasses import dataclass, field

SSL_REQUEST, CANCEL_REQUEST = 80877103, 80877102

# "FOR UPDATE" locks rows and "DO UPDATE" belongs to an insert; neither is a separate write.
_WRITE = re.compile(
    r"\b(?:(INSERT)\s+INTO|(?<!\bFOR\s)(?<!\bKEY\s)(?<!\bDO\s)(UPDATE)|(DELETE)\s+FROM)\s+(?:ONLY\s+)?\"?(\w+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Message:
    """Protocol message: its type (empty for the first of a connection) and its body, both as sent."""

    kind: bytes
    body: bytes
    raw: bytes


async def read_first(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the code and the bytes of the message that opens a connection."""
    head = await reader.readexactly(8)
    length, code = struct.unpack("!II", head)
    return code, head + await reader.readexactly(length - 8)


async def read_message(reader: asyncio.StreamReader) -> Message:
    """Return the next message. Raises IncompleteReadError at the end of the connection."""
    head = await reader.readexactly(5)
    (length,) = struct.unpack("!I", head[1:])
    body = await reader.readexactly(length - 4)
    return Message(head[:1], body, head + body)


def writes_of(sql: str) -> list[str]:
    """Return the writes of a statement, such as `INSERT orders`, in the order of the text."""
    found = []
    for insert, update, delete, table in _WRITE.findall(sql):
        found.append(f"{(insert or update or delete).upper()} {table}")
    return found


@dataclass
class Session:
    """State of one connection: its prepared statements, its portals, and its open transaction.

    writes: distinct writes of the open transaction. in_transaction: True if the server's last message reported an open
        transaction.
    """

    statements: dict[bytes, str] = field(default_factory=dict)
    portals: dict[bytes, str] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    in_transaction: bool = False

    def said(self, message: Message) -> str | None:
        """Process a message of the client, and return the statement that it runs, if any."""
        match message.kind:
            case b"P":
                name, sql = message.body.split(b"\0", 2)[:2]
                self.statements[name] = sql.decode(errors="replace")
            case b"B":
                portal, name = message.body.split(b"\0", 2)[:2]
                self.portals[portal] = self.statements.get(name, "")
            case b"E":
                return self._run(self.portals.get(message.body.split(b"\0", 1)[0], ""))
            case b"Q":
                return self._run(message.body.rstrip(b"\0").decode(errors="replace"))
        return None

    def _run(self, sql: str) -> str:
        self.running.append(sql)
        return sql

    def answered(self, message: Message) -> list[str]:
        """Process a message of the server, and return the writes that it committed."""
        match message.kind:
            case b"C" if self.running:
                return self._completed(self.running.pop(0), message.body.rstrip(b"\0").decode())
            case b"E":
                self.running.clear()
            case b"Z":
                self.running.clear()
                self.in_transaction = message.body != b"I"
                if not self.in_transaction:
                    self.writes.clear()
        return []

    def _completed(self, sql: str, tag: str) -> list[str]:
        if tag == "COMMIT":
            done, self.writes = self.writes, []
            return done
        if tag.endswith(" 0"):
            return []
        if not self.in_transaction:
            return list(dict.fromkeys(writes_of(sql)))
        self.writes.extend(write for write in writes_of(sql) if write not in self.writes)
        return []


def is_commit(sql: str) -> bool:
    """Return True if the statement commits a transaction."""
    return sql.strip().rstrip(";").upper() == "COMMIT"
