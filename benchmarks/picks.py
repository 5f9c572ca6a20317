"""Measure the delivery of a post to all channels of a plan, by one or several sender bots, against Telegram's limit.

`python -m benchmarks.picks [--channels 100 1000] [--senders 1 2 4] [--rounds 1] [--start-in S]`

Runs the bot as a separate process, with a PostgreSQL and the sandbox's Telegram, in which each customer's channel has
the senders as admins. Measures the time from the post's acceptance until the last channel shows the post, read from
Telegram's side, and the number of channels that do not show it exactly once. With `--start-in`, the post is a tip on an
event that starts this number of seconds later. The run then prints the number of copies, the time of the last copy,
also as a ratio to Telegram's limit, and the number of copies posted at the start or later; any late copy fails the run.
`python -m benchmarks.picks --channels 1000 --senders 4 --start-in 20`
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.processes import start, stop
from benchmarks.rows import Row, tell
from features.picks.use_cases.tip_text import TipDraft
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.posts.publish_post import PublishPost
from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import ChatId
from tests.fakes import samples
from tests.features.picks.tips import tip
from tests.features.record.records import accept_tips
from tests.support.postgres import running_server
from umbral_sandbox.server import Sandbox, running_sandbox
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Bot, bot_api_id

CEILING: Final = 30.0
"""Messages per second of one bot (core.telegram.org/bots/faq#my-bot-is-hitting-limits)."""
RIGHTS: Final = {"can_post_messages", "can_edit_messages", "can_delete_messages"}
OURS: Final = {"can_invite_users", "can_restrict_members", *RIGHTS}
LOOK_S: Final = 0.1
LONGEST_S: Final = 600.0
RARELY_S: Final = 0.5
"""Polling interval in seconds of a run with a tip. The interval is long, because polling takes time from the senders,
and Telegram's dates are used instead.
"""
AFTERWARDS: Final = timedelta(seconds=2)


async def furnished(sandbox: Sandbox, core: CoreContainer, bots: Sequence[Bot], number: int) -> list[Channel]:
    """Create this number of customers of one plan, each with a personal channel in which the bots may post."""
    telegram, made = sandbox.world.telegram, list[Channel]()
    async with core.units()() as uow:
        plan: ServicePlan = samples.plan(soft_id="retabet")
        await uow.plans.save(plan)
        for _ in range(number):
            customer = samples.customer()
            order = samples.order(customer, plan)
            subscription = samples.subscription(order)
            owner = telegram.people.add_person("Canales")
            chat = telegram.channels.create(owner.id, "Umbral")
            for bot in bots:
                telegram.channels.edit_admin(owner.id, chat, bot.id, OURS if bot is bots[0] else RIGHTS)
            channel = samples.ready_channel(subscription, channel_id=ChatId(bot_api_id(chat.id)))
            await uow.customers.save(customer)
            await uow.orders.save(order)
            await uow.subscriptions.save(subscription)
            await uow.channels.save(channel)
            right = Access.request(customer.id, channel.id, samples.NOON)
            await uow.accesses.save(replace(right, status=AccessStatus.ACTIVE))
            made.append(chat)
        await uow.commit()
    sandbox.world.commit()
    return made


def shown(sandbox: Sandbox, made: Sequence[Channel], text: str) -> list[int]:
    """Return the number of copies of the text in each channel."""
    posts = sandbox.world.telegram.posts
    return [sum(each.text == text for each in posts.messages(channel)) for channel in made]


async def reached(sandbox: Sandbox, core: CoreContainer, made: Sequence[Channel], number: int) -> tuple[float, int]:
    """Return the seconds until the last channel shows the post, and the number of channels that show the post twice."""
    text, began = f"Pick {number}", time.perf_counter()
    await PublishPost(core.units(), core.clock())(f"pick {number}", "retabet", PostContent(text=text))
    for _ in itertools.count():
        copies = shown(sandbox, made, text)
        if all(copies) or time.perf_counter() - began > LONGEST_S:
            break
        await asyncio.sleep(LOOK_S)
    return time.perf_counter() - began, sum(each != 1 for each in copies)


@dataclass(frozen=True)
class InTime:
    """Result of a tip on an event that starts soon. dates: Telegram's dates of the copies, per channel."""

    began: datetime
    starts_at: datetime
    senders: int
    dates: Sequence[Sequence[datetime]]

    @property
    def late(self) -> int:
        """Return the number of copies that were posted at the start of the event or later."""
        return sum(date >= self.starts_at for dates in self.dates for date in dates)

    def said(self) -> str:
        """Return the figures as text."""
        arrived = [dates[0] for dates in self.dates if dates]
        doubled = sum(len(dates) > 1 for dates in self.dates)
        count = f"{len(arrived)} of {len(self.dates)} channels have it, {doubled} of them twice"
        if not arrived:
            return count
        last, limit = (max(arrived) - self.began).total_seconds(), len(arrived) / (CEILING * self.senders)
        reported = f"the last after {last:.1f} s, {last / limit:.2f} of the {limit:.1f} s that Telegram's limit takes"
        return f"{count}; {reported}; at the start or later: {self.late}"


async def in_time(
    sandbox: Sandbox, core: CoreContainer, made: Sequence[Channel], senders: int, start_in: float
) -> InTime:
    """Publish a tip on an event that starts in this number of seconds, and read the result shortly after its start."""
    username = None
    while username is None:
        await asyncio.sleep(LOOK_S)
        async with core.units()() as uow:
            username = await uow.variables.get(BOT_USERNAME)
    began = core.clock().now()
    starts_at = began + timedelta(seconds=start_in)
    pick = await accept_tips(core.units(), core.clock()).tip(
        "tip", "retabet", TipDraft(facts=tip(starts_at=starts_at)), "cli"
    )
    posts, text = sandbox.world.telegram.posts, pick.content.text
    for _ in itertools.count():
        if all(shown(sandbox, made, text)) or core.clock().now() > starts_at + AFTERWARDS:
            break
        await asyncio.sleep(RARELY_S)
    dates = [[each.date for each in posts.messages(channel) if each.text == text] for channel in made]
    return InTime(began, starts_at, senders, dates)


async def run(channels: int, senders: int, rounds: int, folder: Path, start_in: float | None = None) -> None:
    """Measure the delivery to this number of channels by this number of sender bots."""
    with running_server(folder) as server:
        url = server.create()
        await asyncio.to_thread(migrate.upgrade, url)
        async with running_sandbox() as sandbox:
            people = sandbox.world.telegram.people
            bots = [people.add_bot(f"b{index}_bot", "Umbral") for index in range(senders + 1)]
            environ = {
                "DATABASE_URL": url,
                "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": bots[0].token,
                "SENDER_BOT_TOKENS": ",".join(bot.token for bot in bots[1:]),
                "TELEGRAM_BOT_API_BASE": sandbox.url,
                "BRAND_NAME": "Retador",
                "FEATURES": "all",
                "WEB_BASE_URL": "https://retador.example",
            }
            async with open_core(load(BotSettings, environ)) as core:
                made = await furnished(sandbox, core, bots, channels)
                process = await start(("umbral", "bot"), folder, environ)
                try:
                    if start_in is not None:
                        tip_in_time = await in_time(sandbox, core, made, senders, start_in)
                        said = tip_in_time.said()
                        sys.stdout.write(f"a tip {start_in:g} s before its start, {senders} senders: {said}\n")
                        if tip_in_time.late:
                            raise SystemExit("a copy came too late")
                        return
                    took = [await reached(sandbox, core, made, number) for number in range(rounds)]
                finally:
                    await stop(process)
    report(channels, senders, took)


def report(channels: int, senders: int, took: Sequence[tuple[float, int]]) -> None:
    """Print the results."""
    limit = CEILING * senders
    rates = [channels / seconds for seconds, _ in took]
    row = Row(
        f"a pick to {channels:,} channels, {senders} sender{'s' if senders > 1 else ''}",
        f"{limit:.0f}/s by Telegram",
        f"{statistics.median(rates):.1f}/s; not once: {sum(wrong for _, wrong in took)}",
        [rate / limit for rate in rates],
    )
    tell(row)
    sys.stdout.write(row.line() + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--senders", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--start-in", type=float, help="Seconds from the publication of a tip to its start.")
    options = parser.parse_args()
    sys.stdout.write(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    for channels, senders in itertools.product(options.channels, options.senders):
        with tempfile.TemporaryDirectory() as made:
            asyncio.run(run(channels, senders, options.rounds, Path(made), options.start_in))


if __name__ == "__main__":
    main()
