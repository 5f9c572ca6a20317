"""`make lives`: simulate random customer histories ("lives") and print each that violates a guarantee of the product;
`--unmended` measures how many bugs they find.

`--unmended` removes one bug fix after the other from a copy of the sources, and prints the history and the violated
guarantee by which the bug is found. `tests/lives/unmended.py` lists the fixes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from subscriptions.bootstrap import migrate
from subscriptions.infrastructure.database.engine import create_engine
from tests.lives.judge import Judge
from tests.lives.life import LATE_BANKS, drawn, lived, shrunk
from tests.lives.unmended import MENDINGS, Mending
from tests.support.of_features import of_features
from tests.support.postgres import running_server

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Return 1 if a simulated history violated a guarantee, or if no history revealed a removed bug fix that should be
    found.
    """
    options = _options()
    Judge.checks_answers = options.answers
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asked = [each for each in MENDINGS if not options.unmended or each.row in options.unmended]
    with _database(options.sums or (options.unmended is not None and any(each.of_sums for each in asked))) as made:
        url = options.database or made
        if options.unmended is not None:
            return _measure(asked, options.lives, url)
        seeds = range(options.seed, options.seed + options.lives)
        return asyncio.run(_play(seeds, first=options.first, late_banks=options.late_banks, url=url))


@contextmanager
def _database(wanted: bool) -> Iterator[str | None]:
    """Yield the URL of an empty database with all tables, or None if no database is wanted."""
    if not wanted:
        yield None
        return
    with TemporaryDirectory(prefix="lives-") as folder, running_server(Path(folder)) as server:
        url = server.create()
        migrate.upgrade(url)
        yield url


async def _play(seeds: range, *, first: bool, late_banks: float, url: str | None = None) -> int:
    """Simulate the histories with these seeds, and return 1 if a guarantee of the product was violated, otherwise 0.

    first: True to stop at the first violation and print it as JSON, instead of printing the shortest form of each
        history.
    late_banks: share of steps before which a bank decides later about the next charge.
    url: database in which the figures of each history are calculated; None skips the figures.
    """
    engine = create_engine(url) if url is not None else None
    make_sums, broken = of_features("lives", "SUMS").get("figures"), 0
    sums = make_sums(engine).hold if engine is not None and make_sums is not None else None
    for seed in seeds:
        moves = seed % 3 != 0
        story = await lived(drawn(seed, late_banks), moves=moves, sums=sums)
        if story.broken is None:
            continue
        broken += 1
        if first:
            print(json.dumps([seed, str(story.promise), str(story.broken)]))
            return 1
        shortest = await shrunk(story, moves=moves, sums=sums)
        print(f"life {seed}\n{shortest}\n", flush=True)
    if not first:
        print(f"{len(seeds)} lives, {broken} broke a promise")
    return 1 if broken else 0


def _measure(asked: Sequence[Mending], lives: int, url: str | None) -> int:
    found = 0
    for mending in asked:
        came = _without(mending, range(lives), url if mending.of_sums else None)
        found += came is not None
        print(f"row {mending.row}: {mending.what}: {came or f'not found in {lives} lives'}", flush=True)
    print(f"{found} of {len(asked)} found")
    return 0


def _without(mending: Mending, seeds: range, url: str | None) -> str | None:
    with TemporaryDirectory(prefix="lives-") as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
        for file, mended, before in mending.changes:
            path = source / "subscriptions" / file
            text = path.read_text(encoding="utf-8")
            if mended not in text:
                raise SystemExit(f"row {mending.row}: {file} has no more {mended!r}")
            path.write_text(text.replace(mended, before), encoding="utf-8")
        command = [sys.executable, "-m", "scripts.lives", "--first", "--seed", str(seeds.start)]
        command += ["--lives", str(len(seeds)), *(["--database", url] if url is not None else [])]
        paths = os.pathsep.join([str(source), str(ROOT)])
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=False
        )
    if done.returncode == 0:
        return None
    told = done.stdout.strip().splitlines()
    if not told:
        return f"falls over: {done.stderr.strip().splitlines()[-1]}"
    seed, promise, words = json.loads(told[-1])
    if asyncio.run(lived(drawn(seed), moves=seed % 3 != 0)).broken is not None:
        # The life breaks a promise even with the fix, so it proves nothing about the fix.
        return _without(mending, range(seed + 1, seeds.stop), url) if seed + 1 < seeds.stop else None
    return f"life {seed}, ({promise}) {words}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=0, help="the first life")
    parser.add_argument("--lives", type=int, default=500)
    parser.add_argument("--first", action="store_true", help="stop at the first that breaks a promise")
    parser.add_argument(
        "--late-banks", type=float, default=LATE_BANKS, help="share of steps before which a bank decides later"
    )
    parser.add_argument("--answers", action="store_true", help="check answers against the facts, and the laws, too")
    parser.add_argument("--sums", action="store_true", help="hold the console's sums too, in a database")
    parser.add_argument("--database", help="the same in this one, which is empty and has all tables")
    parser.add_argument("--unmended", nargs="*", metavar="ROW", help="measure what lives find; all rows without any")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
