"""Measure the cost of `umbral reconcile`: calls to the provider, seconds, memory; and check that a second run finds
nothing.

`python -m benchmarks.reconcile [--subscriptions 10000] [--sold 40] [--silent 20] [--provider stripe]`

Some subscriptions are sold over HTTP at the provider's simulator, on a fresh PostgreSQL; the rest are copies of one of
these, in the database and, for Stripe and PayPal, at the simulator, which does not list the events of copies. Then some
subscriptions are refunded and others canceled, without any webhook.

With --provider paypal --no-dry-run, on two processors with other load (22 November 2026): 30 differences, 536 calls, 27
s, 300 MB; the second run found nothing, in 536 calls and 33 s. In each run, 500 of the calls fetched lists of twenty
entries.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from benchmarks.rows import say
from subscriptions.bootstrap.reconciliation import ReconciliationContainer
from umbral.testing.conformance import own_database
from umbral.testing.kit.spine import Sale, Spine, open_spine
from umbral.testing.kit.stage import open_stage
from umbral.testing.kit.subject import installed
from umbral_sandbox.payments.paypal.simulator import PayPalSimulator
from umbral_sandbox.payments.registry import payments_of
from umbral_sandbox.payments.stripe.simulator import StripeSimulator
from umbral_sandbox.world.store import Collection

PACE = timedelta(seconds=2)
COPIED = {"stripe": "sub_copy", "paypal": "I-COPY"}
"""Prefix of the ids of copies, keyed by provider; providers without an entry have no copies."""


def main() -> None:
    """Sell subscriptions, change some without webhooks, reconcile three times, and print the results."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--subscriptions", type=int, default=10_000)
    asked.add_argument("--sold", type=int, default=40, help="how many of them are bought one by one")
    asked.add_argument("--silent", type=int, default=20, help="how many things nobody tells")
    asked.add_argument("--provider", default="stripe")
    asked.add_argument("--no-dry-run", action="store_true", help="leave that run out")
    given = asked.parse_args()
    with own_database() as database:
        asyncio.run(play(database, given))


async def play(database: str, given: argparse.Namespace) -> None:
    """Run the benchmark."""
    provider, count, sold = given.provider, given.subscriptions, given.sold
    async with open_stage(installed(provider), database) as stage:
        spine = await open_spine(stage)
        copied = max(count - sold, 0) if provider in COPIED else 0
        began, sales = time.perf_counter(), await sell(spine, count - copied)
        await copy(spine, sales[-1], copied)
        say(f"{len(sales)} sold and {copied} copied in {time.perf_counter() - began:.0f} s")
        for number, sale in enumerate(sales[: given.silent]):
            await spine.befalls(sale, "cancel" if number % 2 else "refund")
        for name, dry_run in (("dry run", True), ("first run", False), ("second run", False)):
            if dry_run and given.no_dry_run:
                continue
            await run(spine, name, dry_run=dry_run)
            await spine.work()
            if not dry_run:
                # No webhook reports the product's own changes at the provider either.
                await spine.ask()


async def sell(spine: Spine, count: int) -> list[Sale]:
    """Sell this number of subscriptions to one plan, each reported by webhooks."""
    plan, sales = await spine.plan(), list[Sale]()
    for _ in range(count):
        sale = await spine.checkout(plan)
        await spine.deliver(*await spine.pay(sale))
        sales.append(sale)
    await spine.stage.advance(PACE)
    return sales


async def copy(spine: Spine, sale: Sale, count: int) -> None:
    """Copy a sale's subscription this number of times, each for another customer and paid like the original."""
    (held,) = (await spine.holding(sale)).subscriptions
    simulator = payments_of(spine.stage.sandbox.world).simulators[spine.stage.code]
    if not count or not isinstance(simulator, StripeSimulator | PayPalSimulator):
        return
    kept: Collection[Any] = simulator.account.subscriptions
    known = kept.get(held.provider_ref or "")
    if known is None:
        raise LookupError("the stand-in does not know what was sold")
    for number in range(1, count + 1):
        name = f"{COPIED[spine.stage.code]}{number:08}"
        kept.put(name, known.model_copy(update={"id": name, "seq": known.seq + number}))
    model = {"customer": held.customer_id, "order": held.order_id, "subscription": held.id}
    model |= {"named": COPIED[spine.stage.code]}
    async with spine.container.core.engine().begin() as connection:
        for statement in COPIES:
            given = {"count": count, **{name: known for name, known in model.items() if f":{name}" in statement}}
            await connection.execute(text(statement), given)


COPIES = (
    """
    INSERT INTO customers SELECT (jsonb_populate_record(model, jsonb_build_object(
        'id', CAST(md5('customer' || n) AS uuid), 'telegram_id', 5000000000 + n
    ))).* FROM customers model, generate_series(1, CAST(:count AS integer)) n WHERE model.id = :customer""",
    """
    INSERT INTO orders SELECT (jsonb_populate_record(model, jsonb_build_object(
        'id', CAST(md5('order' || n) AS uuid), 'customer_id', CAST(md5('customer' || n) AS uuid)
    ))).* FROM orders model, generate_series(1, CAST(:count AS integer)) n WHERE model.id = :order""",
    """
    INSERT INTO subscriptions SELECT (jsonb_populate_record(model, jsonb_build_object(
        'id', CAST(md5('subscription' || n) AS uuid), 'customer_id', CAST(md5('customer' || n) AS uuid),
        'order_id', CAST(md5('order' || n) AS uuid),
        'provider_ref', CAST(:named AS text) || lpad(CAST(n AS text), 8, '0')
    ))).* FROM subscriptions model, generate_series(1, CAST(:count AS integer)) n WHERE model.id = :subscription""",
    """
    INSERT INTO ledger_entries (subscription_id, kind, source_key, starts_at, length, note, created_at)
    SELECT CAST(md5('subscription' || n) AS uuid), kind, source_key || n, starts_at, length, note, created_at
    FROM ledger_entries, generate_series(1, CAST(:count AS integer)) n WHERE subscription_id = :subscription""",
)


async def run(spine: Spine, name: str, *, dry_run: bool) -> None:
    """Run one reconciliation and print its differences, calls, duration and memory.

    name: description of the run.
    dry_run: True to only report the differences.
    """
    before = max([each["id"] for each in await spine.stage.calls()], default=0)
    reconcile = ReconciliationContainer(core=spine.container.core).reconcile()
    began = time.perf_counter()
    report = await reconcile(dry_run=dry_run)
    seconds = time.perf_counter() - began
    asked = len(await spine.stage.calls(before))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = len(report.differences)
    say(f"{name}: {found} differences, {asked} calls, {seconds:.1f} s; {memory:.0f} MB at most, the sandbox inside")


if __name__ == "__main__":
    main()
