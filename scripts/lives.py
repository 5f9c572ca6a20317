"""`make lives`: plays random lives and prints each that breaks a promise; `--unmended` measures what they find.

`--unmended` takes one mending after the other out of a copy of the sources and says in which life that is found, and by
which promise: `tests/lives/unmended.py` names the lines.
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
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from tests.lives.life import drawn, lived, shrunk
from tests.lives.unmended import MENDINGS, Mending

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Return 1 where a life broke a promise, or a mending was not found that should be."""
    options = _options()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if options.unmended is not None:
        return _measure(options.unmended, options.lives)
    return asyncio.run(_play(range(options.seed, options.seed + options.lives), first=options.first))


async def _play(seeds: range, *, first: bool) -> int:
    broken = 0
    for seed in seeds:
        moves = seed % 3 != 0
        story = await lived(drawn(seed), moves=moves)
        if story.broken is None:
            continue
        broken += 1
        shortest = await shrunk(story, moves=moves)
        if first:
            print(json.dumps([seed, str(shortest.promise), str(shortest.broken)]))
            return 1
        print(f"life {seed}\n{shortest}\n", flush=True)
    if not first:
        print(f"{len(seeds)} lives, {broken} broke a promise")
    return 1 if broken else 0


def _measure(rows: list[str], lives: int) -> int:
    found = 0
    asked = [each for each in MENDINGS if not rows or each.row in rows]
    for mending in asked:
        came = _without(mending, range(lives))
        found += came is not None
        print(f"row {mending.row}: {mending.what}: {came or f'not found in {lives} lives'}", flush=True)
    print(f"{found} of {len(asked)} found")
    return 0


def _without(mending: Mending, seeds: range) -> str | None:
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
        command += ["--lives", str(len(seeds))]
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
        # It breaks a promise with the mending too.
        return _without(mending, range(seed + 1, seeds.stop)) if seed + 1 < seeds.stop else None
    return f"life {seed}, ({promise}) {words}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=0, help="the first life")
    parser.add_argument("--lives", type=int, default=500)
    parser.add_argument("--first", action="store_true", help="stop at the first that breaks a promise")
    parser.add_argument("--unmended", nargs="*", metavar="ROW", help="measure what lives find; all rows without any")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
