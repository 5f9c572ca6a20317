"""Reminders of tips, posted by the bots."""

from __future__ import annotations

from datetime import timedelta

from features.picks.use_cases.tip_text import TipDraft
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.remind_of_tips import RemindOfTips
from tests.features.picks.tips import tip
from tests.features.record.records import accept_tips
from tests.integration.bot.conftest import Stage, until
from tests.integration.bot.test_messages import inside, posts


async def test_tip_reminder_replies_to_the_tip(stage: Stage) -> None:
    clock = stage.core.clock()
    async with stage.core.units()() as uow:
        plan = await uow.plans.by_soft_id("retabet")
        assert plan is not None
        await uow.of(RECORDS_KEY).choose_reminder(plan.id, timedelta(minutes=90))
        await uow.commit()
    async with stage.running():
        ana = await stage.person()
        owned = await inside(stage, ana)
        draft = TipDraft(facts=tip(starts_at=clock.now() + timedelta(hours=2)))
        await accept_tips(stage.core.units(), clock).tip("uno", "retabet", draft, "api:core")

        async def notified(*signs: str) -> bool:
            return [each[0] for each in await posts(stage, ana, owned)] == list(signs)

        await until(lambda: notified("📌"), "the tip stands there")
        stage.sandbox.world.clock.advance(timedelta(minutes=40))
        await RemindOfTips(stage.core.units(), stage.sandbox.world.clock, stage.core.policy().zones.home)()
        await until(lambda: notified("📌", "⏰"), "so does its reminder")
    assert owned.chat is not None
    published, reminder = stage.sandbox.world.telegram.posts.messages(owned.chat)[-2:]
    assert reminder.reply_to == published.id
