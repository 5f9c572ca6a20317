"""The operator at a terminal: `umbral …` run as a process with typed input.

If a fork server is given, the process is forked from it; see `forked_command.py`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.support import forked_command
from tests.support.features import EVERY
from tests.support.fork_clients import ForkClient

PATIENCE = 90.0
"""Timeout in seconds. A command that imports Telethon on a busy machine takes a few seconds."""


@dataclass(frozen=True)
class Ran:
    """Exit status, output and errors of a finished command."""

    status: int
    out: str
    err: str


class Typing:
    """A running command that receives typed input."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._seen = ""

    async def sees(self, words: str) -> None:
        """Wait until the command has printed these words."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while words not in self._seen:
                line = await self.process.stdout.readline()
                assert line, f"it ended without saying {words!r}, but: {self._seen}"
                self._seen += line.decode()

    async def types(self, line: str) -> None:
        """Type a line as input for the command."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()

    async def ends(self) -> Ran:
        """Close the input, wait until the command has ended, and return its result."""
        out, err = await asyncio.wait_for(self.process.communicate(b""), PATIENCE)
        assert self.process.returncode is not None
        return Ran(self.process.returncode, self._seen + out.decode(), err.decode())


class Terminal:
    """Runner of commands with exactly the given settings, and with all features unless the settings contain FEATURES.

    fork_client: fork server from which commands are forked; without it, each command loads its own modules.
    """

    def __init__(self, settings: Mapping[str, str], fork_client: ForkClient | None = None) -> None:
        self.settings = {"PATH": os.environ["PATH"], "FEATURES": EVERY, **settings}
        self._by = () if fork_client is None else ("-IS", forked_command.__file__, str(fork_client.address))

    @asynccontextmanager
    async def typing(self, *words: str, **more: str) -> AsyncIterator[Typing]:
        """Run a command while the block runs. If the command still runs at the end, it is killed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._by,
            "-m",
            "umbral",
            *words,
            env=self.settings | more,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield Typing(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def run(self, *words: str, **more: str) -> Ran:
        """Run a command without input."""
        async with self.typing(*words, **more) as command:
            return await command.ends()
