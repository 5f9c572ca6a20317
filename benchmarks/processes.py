"""Start, end and resource usage of the processes that benchmarks measure."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

START_S: Final = 60


@asynccontextmanager
async def another(module: str, **asked: object) -> AsyncIterator[int]:
    """Run `module` as a separate process with these options, and yield its pid after its first line of output."""
    words = [f"--{name}={value}" for name, value in asked.items()]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *words, stdout=asyncio.subprocess.PIPE)
    try:
        if process.stdout is not None:
            await process.stdout.readline()
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def start(words: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Process:
    """Start a process of the product, and return it when it is ready. Raise RuntimeError with the end of the process's
    log if it does not start.

    words: arguments of `python -m`.
    """
    ready, log = folder / f"ready-{uuid4()}", folder / f"{words[-1]}.log"
    with log.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *words,
            env={"PATH": os.environ["PATH"], "READY_FILE": str(ready), **environ},
            stdout=said,
            stderr=said,
        )
    for _ in range(START_S * 20):
        if ready.exists():
            return process
        if process.returncode is not None:
            break
        await asyncio.sleep(0.05)
    await stop(process)
    raise RuntimeError(f"{' '.join(words)} did not start:\n{log.read_text()[-3000:]}")


async def stop(process: Process) -> None:
    """Terminate the process and wait for its end."""
    with suppress(ProcessLookupError):
        process.terminate()
    await process.wait()


def worked(pid: int) -> float:
    """Return the CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_of(pid: int) -> int:
    """Return the peak memory of a process, in megabytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) // 1024 if found else 0
