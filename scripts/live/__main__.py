"""`make live`: read the keys, refuse live ones, run the checks, and write the report."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from pathlib import Path

from scripts.live import keys, report
from scripts.live.checks import CHECKS, Check
from scripts.live.running import Outcome, Run, play, stand_in_settings
from umbral_sandbox.server import running_sandbox

ROOT = Path(__file__).resolve().parents[2]
REFUSED = 2


def main(words: list[str] | None = None) -> int:
    """Return 0 if there are no unknown differences, 1 if there are some or a check failed, 2 if the keys
    are refused.
    """
    parser = argparse.ArgumentParser(prog="make live", description=__doc__)
    parser.add_argument("--keys", type=Path, default=ROOT / "live.env", help="the file of keys (live.env)")
    parser.add_argument("--report", type=Path, default=ROOT / "docs" / "live.md", help="what is written (docs/live.md)")
    parser.add_argument("--stand-ins", action="store_true", help="against stand-ins, without any key")
    parser.add_argument("--only", default="", help="checks whose service and name contain this")
    asked = parser.parse_args(words)
    checks = [each for each in CHECKS if asked.only in f"{each.service} {each.name}"]
    try:
        environ = {} if asked.stand_ins else keys.read(asked.keys)
        run = asyncio.run(_played(environ, checks, stand_ins=asked.stand_ins))
    except keys.KeysRefused as error:
        print(f"make live: nothing was sent.\n{error}", file=sys.stderr)
        return REFUSED
    at_stand_ins = asked.stand_ins or keys.CONTROL in environ
    against = "against stand-ins: **no real service was contacted**" if at_stand_ins else "against the real services"
    asked.report.write_text(report.written(run, against, _commit()), encoding="utf-8")
    for result in run.results:
        print(f"{result.outcome:20} {result.check.service}, {result.check.name}", result.why and f"({result.why})")
        for each in result.differences:
            print(f"{'':20}   {each.fact}: {each.stand_in} before the stand-in, {each.service} before the service")
    ran = sum(result.outcome is not Outcome.NOT_RUN for result in run.results)
    print(f"{ran} of {len(run.results)} checks were run; {asked.report}")
    return 0 if run.is_well else 1


async def _played(environ: dict[str, str], checks: list[Check], *, stand_ins: bool) -> Run:
    if not stand_ins:
        return await play(environ, checks)
    async with running_sandbox(seed=1) as sandbox:
        return await play(await stand_in_settings(sandbox.url), checks)


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
