"""Compare two commits on one machine in one run: `make bench-compare BASE=main~20`.

`python -m benchmarks.comparing BASE [--seconds 3] [--rounds 5] [--connections 32]`

The sources of the base commit are in a separate work tree, with the packages of the current one. Both versions run on
the same PostgreSQL, each in a database created by its own migrations. Webhooks are delivered to the web processes of
both versions in turn, round by round.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from benchmarks.rows import say
from benchmarks.webhooks import WARM_S, Result, measure, median, over_http, web_process
from umbral.demo.postgres import EmbeddedPostgres

HERE = Path(__file__).resolve().parents[1]


@contextmanager
def sources_of(commit: str, folder: Path) -> Iterator[Path]:
    """Provide the commit's sources in a folder while the block runs."""
    subprocess.run(["git", "worktree", "add", "--detach", "--quiet", str(folder), commit], cwd=HERE, check=True)
    try:
        yield folder
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(folder)], cwd=HERE, check=True)


def found_in(sources: Path) -> str:
    """Return the PYTHONPATH for processes that run these sources."""
    return os.pathsep.join(str(sources / each) for each in ("src", "sandbox/src"))


async def database(server: str, name: str, sources: Path) -> str:
    """Create a database with the migrations of these sources, and return its URL."""
    connection = await asyncpg.connect(server)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    migrating = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "umbral", "migrate"),
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url, "PYTHONPATH": found_in(sources)},
        stdout=subprocess.DEVNULL,
    )
    if await migrating.wait():
        raise RuntimeError(f"the database of {name} could not be made")
    return url


async def compare(server: str, folder: Path, base: Path, options: argparse.Namespace) -> None:
    """Measure both versions in turn."""
    theirs, ours = await database(server, "base", base), await database(server, "here", HERE)
    async with (
        web_process(theirs, folder, PYTHONPATH=found_in(base)) as (their_port, their_pid),
        web_process(ours, folder, PYTHONPATH=found_in(HERE)) as (port, pid),
    ):
        for each in (their_port, port):
            await measure(lambda each=each: over_http(each), options.connections, WARM_S)
        rounds = list[tuple[Result, Result]]()
        for _ in range(options.rounds):
            before = await measure(lambda: over_http(their_port), options.connections, options.seconds, their_pid)
            after = await measure(lambda: over_http(port), options.connections, options.seconds, pid)
            rounds.append((before, after))
    ratios = sorted(after.rate / before.rate for before, after in rounds)
    say(f"{options.base:12} {median([before for before, _ in rounds])}")
    say(f"{'here':12} {median([after for _, after in rounds])}")
    say(f"{statistics.median(ratios):.2f} times the rate, {ratios[0]:.2f} to {ratios[-1]:.2f}")


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", help="the commit to compare with")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        sources_of(options.base, Path(scratch) / "base") as base,
        EmbeddedPostgres(Path(scratch) / "postgres") as server,
    ):
        machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        say(f"{machine}, {options.connections} connections, {options.rounds} rounds of {options.seconds:g} s")
        asyncio.run(compare(server.url, Path(scratch), base, options))


if __name__ == "__main__":
    main()
