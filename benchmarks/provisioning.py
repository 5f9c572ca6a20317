"""How soon customers have their channels, by how many accounts make them and how slowly, with some in stock and none.

`python -m benchmarks.provisioning [--accounts 2 4] [--pace 5] [--each 4] [--telegram 0.3]`

Demos of their own. As many customers as there are accounts, --each times over, buy at once: an account makes one
channel and the next one --pace seconds later, so nobody could be faster than (each - 1) x pace; the ratio is that time
by ours.
Then without any pace, none in stock and one for each of them: the ratio is what the stock leaves of the wait. That is
with a Telegram that takes --telegram seconds for each call of an account: the stand-in answers at once, so that without
that a channel made and one renamed would cost the same, which is this machine's work.
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
IN_STOCK: Final = """
SELECT count(*) FROM telegram_channels WHERE customer_id IS NULL AND kind = 'personal' AND status = 'ready'
"""


@dataclass(frozen=True)
class Sale:
    """Customers who bought at once. waits: seconds of each from paying to the invite. took: until the last had it."""

    waits: list[float]
    took: float

    @property
    def median(self) -> float:
        """What the one in the middle waited."""
        return statistics.median(self.waits)


def sold(accounts: int, customers: int, settings: Mapping[str, int], telegram: float = 0) -> Sale:
    """What they waited, in a demo with so many accounts and these settings. telegram: seconds of an account's call."""
    options = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    with tempfile.TemporaryDirectory() as scratch, running_demo(Path(scratch), *options) as demo:
        return asyncio.run(_sold(demo, accounts, customers, settings.get("CHANNEL_STOCK", 0), telegram))


async def _sold(demo: Demo, accounts: int, customers: int, stock: int, telegram: float) -> Sale:
    address = f"{demo.facts['sandbox']}/control"
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as http:
        if (more := accounts - int(await asyncio.to_thread(demo.sql, ACCOUNTS))) > 0:
            await more_accounts(demo, http, more)
        if stock:
            await asyncio.to_thread(
                eventually, lambda: demo.sql(IN_STOCK) >= stock or None, "the stock is filled", FILLED_S
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
    """A row for so many accounts."""
    many, least = accounts * options.each, (options.each - 1) * options.pace
    sale = sold(accounts, many, {"ACCOUNT_PACE_S": options.pace})
    longest = max(sale.waits)
    said = f"the last of {many} after {longest:.1f} s, p50 {sale.median:.1f} s"
    limit = f"{least:.0f} s by the pace of {options.pace} s"
    row = Row(f"channels made by {accounts} accounts", limit, said, [least / longest])
    tell(row)
    say("   ".join(row.cells()))


def stocked(accounts: int, options: argparse.Namespace) -> None:
    """What a stock is worth."""
    many = accounts * options.each
    without, with_it = (
        sold(accounts, many, {"ACCOUNT_PACE_S": 0, "CHANNEL_STOCK": stock}, options.telegram) for stock in (0, many)
    )
    limit, said = f"p50 {without.median:.2f} s, none in stock", f"p50 {with_it.median:.2f} s, one for each in stock"
    work = f"{STEP}, {many} at once, {options.telegram:g} s for a call of an account"
    row = Row(work, limit, said, [with_it.median / without.median], "< 1")
    tell(row)
    say("   ".join(row.cells()))


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--pace", type=int, default=5)
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--telegram", type=float, default=0.3)
    options = parser.parse_args()
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for accounts in options.accounts:
        paced(accounts, options)
    stocked(options.accounts[0], options)


if __name__ == "__main__":
    main()
