"""What `umbral reconcile` costs: calls to the provider, seconds, memory; and that a second run finds nothing.

`python -m benchmarks.reconcile [--subscriptions 10000] [--silent 20] [--provider stripe]`

So many subscriptions are sold over HTTP at the provider's stand-in, on a fresh PostgreSQL; then money goes back for
some and others are canceled, and nobody tells.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import time
from datetime import timedelta

from subscriptions.bootstrap.reconciliation import ReconciliationContainer
from umbral.testing.conformance import own_database
from umbral.testing.kit.spine import Sale, Spine, open_spine
from umbral.testing.kit.stage import open_stage
from umbral.testing.kit.subject import installed

PACE = timedelta(seconds=2)


def main() -> None:
    """Sell, keep silent, reconcile three times, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--subscriptions", type=int, default=10_000)
    asked.add_argument("--silent", type=int, default=20, help="how many things nobody tells")
    asked.add_argument("--provider", default="stripe")
    given = asked.parse_args()
    with own_database() as database:
        asyncio.run(play(database, given.provider, given.subscriptions, given.silent))


async def play(database: str, provider: str, count: int, silent: int) -> None:
    """The whole run."""
    async with open_stage(installed(provider), database) as stage:
        spine = await open_spine(stage)
        began, sales = time.perf_counter(), await sell(spine, count)
        say(f"{len(sales)} sold in {time.perf_counter() - began:.0f} s")
        for number, sale in enumerate(sales[:silent]):
            await spine.befalls(sale, "cancel" if number % 2 else "refund")
        for name, dry_run in (("dry run", True), ("first run", False), ("second run", False)):
            await run(spine, name, dry_run=dry_run)
            await spine.work()
            if not dry_run:
                # What was done about it at the provider is told by nobody either.
                await spine.ask()


async def sell(spine: Spine, count: int) -> list[Sale]:
    """So many subscriptions to one plan, each told by its webhooks."""
    plan, sales = await spine.plan(), list[Sale]()
    for _ in range(count):
        sale = await spine.checkout(plan)
        await spine.deliver(*await spine.pay(sale))
        sales.append(sale)
    await spine.stage.advance(PACE)
    return sales


async def run(spine: Spine, name: str, *, dry_run: bool) -> None:
    """One reconcile, measured."""
    before = max([each["id"] for each in await spine.stage.calls()], default=0)
    reconcile = ReconciliationContainer(core=spine.container.core).reconcile()
    began = time.perf_counter()
    report = await reconcile(dry_run=dry_run)
    seconds = time.perf_counter() - began
    asked = len(await spine.stage.calls(before))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = len(report.differences)
    say(f"{name}: {found} differences, {asked} calls, {seconds:.1f} s; {memory:.0f} MB at most, the sandbox inside")


def say(line: str) -> None:
    """One line of the result."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
