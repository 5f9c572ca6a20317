"""Measure the time until personal channels are ready, by number and pace of accounts, with and without pre-created
channels.

`python -m benchmarks.provisioning [--accounts 2 4] [--pace 5] [--each 4] [--telegram 0.3]`

Starts separate demos. Customers buy at the same time, --each for each account. An account creates one channel every
--pace seconds, so the minimum time is (each - 1) x pace; the ratio is that minimum divided by the measured time. Then
the measurement is repeated without a pace, first without pre-created channels and then with one for each customer: the
ratio is the share of the waiting time that remains. In this repetition, Telegram is simulated to take --telegram
seconds for each call of an account: with immediate answers, creating a channel would cost as little as renaming one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from benchmarks.load import Crowd, more_accounts
from benchmarks.rows import Row, say, tell
from tests.support.demo import Demo, eventually, running_demo

STEP: Final = "paid → invite"
FILLED_S: Final = 120.0
ACCOUNTS: Final = "SELECT count(*) FROM userbot_accounts"
PRECREATED: Final = """
SELECT count(*) FROM telegram_channels WHERE customer_id IS NULL AND kind = 'personal' AND status = 'ready'
"""


@dataclass(frozen=True)
class Sale:
    """Result of a simultaneous purchase by several customers. waits: seconds from payment to invite, for each customer.
    took: seconds until the last customer's invite.
    """

    waits: list[float]
    took: float

    @property
    def median(self) -> float:
        """Return the median waiting time."""
        return statistics.median(self.waits)


def sold(accounts: int, customers: int, settings: Mapping[str, int], telegram: float = 0) -> Sale:
    """Return the waiting times in a demo with this number of accounts and these settings. telegram: seconds that each
    call of an account takes.
    """
    options = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    with tempfile.TemporaryDirectory() as scratch, running_demo(Path(scratch), *options) as demo:
        return asyncio.run(_sold(demo, accounts, customers, settings.get("CHANNEL_STOCK", 0), telegram))


async def _sold(demo: Demo, accounts: int, customers: int, precreated: int, telegram: float) -> Sale:
    address = f"{demo.facts['sandbox']}/control"
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as http:
        if (more := accounts - int(await asyncio.to_thread(demo.sql, ACCOUNTS))) > 0:
            await more_accounts(demo, http, more)
        if precreated:
            await asyncio.to_thread(
                eventually, lambda: demo.sql(PRECREATED) >= precreated or None, "the stock is filled", FILLED_S
            )
        if telegram:
            slowly = [{"on": "mtproto", "do": "slow", "seconds": telegram}]
            (await http.put("/faults", json=slowly)).raise_for_status()
        crowd, began = Crowd(demo, http), time.perf_counter()
        await asyncio.gather(*(crowd.buys(number) for number in range(customers)))
    if crowd.lost:
        raise SystemExit(f"gave up: {crowd.lost}")
    return Sale(crowd.took[STEP], time.perf_counter() - began)


def paced(accounts: int, options: argparse.Namespace) -> None:
    """Print a row for this number of accounts."""
    many, least = accounts * options.each, (options.each - 1) * options.pace
    sale = sold(accounts, many, {"ACCOUNT_PACE_S": options.pace})
    longest = max(sale.waits)
    said = f"the last of {many} after {longest:.1f} s, p50 {sale.median:.1f} s"
    limit = f"{least:.0f} s by the pace of {options.pace} s"
    row = Row(f"channels made by {accounts} accounts", limit, said, [least / longest])
    tell(row)
    say(row.line())


def with_precreated(accounts: int, options: argparse.Namespace) -> None:
    """Print a row on the effect of pre-created channels."""
    many = accounts * options.each
    without, with_it = (
        sold(accounts, many, {"ACCOUNT_PACE_S": 0, "CHANNEL_STOCK": precreated}, options.telegram)
        for precreated in (0, many)
    )
    limit, said = f"p50 {without.median:.2f} s, none in stock", f"p50 {with_it.median:.2f} s, one for each in stock"
    work = f"{STEP}, {many} at once, {options.telegram:g} s for a call of an account"
    row = Row(work, limit, said, [with_it.median / without.median], "< 1")
    tell(row)
    say(row.line())


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--pace", type=int, default=5)
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--telegram", type=float, default=0.3)
    options = parser.parse_args()
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for accounts in options.accounts:
        paced(accounts, options)
    with_precreated(options.accounts[0], options)


if __name__ == "__main__":
    main()
