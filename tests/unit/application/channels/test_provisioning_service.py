"""Check that `ProvisioningService` of the operator's documents runs the steps 9a to 9e in order and commits each step
before the next begins.
"""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application import routing
from subscriptions.application.dto import jobs
from subscriptions.domain.ids import AccountId
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.provisioner import MemoryTelegram
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.userbot import SENDER_BOTS, SUBSCRIPTION_BOT, Userbot, add_account, buy, introduce

STEPS = {"CreateChannel": "9a", "EditAdmin": "9b", "ExportChatInvite": "9c"}


async def test_provisioning_steps_run_in_order_and_are_committed_one_by_one() -> None:
    memory, clock = Memory(), ManualClock()
    telegram = MemoryTelegram(clock, {SUBSCRIPTION_BOT: 100, SENDER_BOTS[0]: 101})

    def units() -> MemoryUnitOfWork:
        return MemoryUnitOfWork(memory, routing.jobs_for)

    await add_account(units)
    await introduce(units, {SUBSCRIPTION_BOT: 100, SENDER_BOTS[0]: 101})
    await buy(units, clock)
    steps: list[tuple[str, str, str, int]] = []

    def committed(step: str) -> tuple[str, str, str, int]:
        (channel,), (access,) = memory.rows("telegram_channels"), memory.rows("accesses")
        announced = [job for job in memory.jobs_named(jobs.Announce.name) if job.payload["kind"] == "invite_ready"]
        return step, channel.status.value, access.status.value, len(announced)

    def note(account: AccountId, method: str, moment: str) -> None:
        if moment == "before" and method in STEPS:
            steps.append(committed(STEPS[method]))

    telegram.trouble = note
    userbot = Userbot(units, telegram, clock)
    while mine := [job for job in memory.jobs if job.name.startswith("userbot.") and job.not_before is None]:
        memory.jobs.remove(mine[0])
        if not await userbot.attempt(mine[0].name, mine[0].payload, clock.advance):
            memory.jobs.append(mine[0])
            clock.advance(timedelta(seconds=10))

    assert steps == [
        ("9a", "creating", "pending", 0),
        ("9b", "created", "pending", 0),
        ("9b", "created", "pending", 0),
        ("9c", "ready", "pending", 0),
    ]
    # Steps 9d and 9e are one commit: the stored link and the job that notifies the customer.
    assert committed("9e") == ("9e", "ready", "invited", 1)
    assert len(memory.rows("channel_invites")) == 1
