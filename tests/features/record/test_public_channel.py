"""The digest of a record, posted by the bot in a public channel, and the link to the post."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from features.picks.use_cases.tip_text import TipDraft
from features.record.domain.record_post import DIGESTS, PostKind, RecordChannel, Teasers
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.keep_public_posts import KeepPublicPosts
from features.record.use_cases.read_record import ReadRecord
from subscriptions.application import routing
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.unit_of_work import SqlUnitOfWork
from tests.fakes.units import sql_unit
from tests.features.picks.tips import tip
from tests.features.record.records import accept_tips
from tests.integration.bot.conftest import Stage, until
from tests.support.postgres import as_process


async def test_digest_is_posted_in_the_public_channel(stage: Stage, database_url: str) -> None:
    core = stage.core
    engine = create_engine(as_process(database_url, "worker"))

    def units() -> SqlUnitOfWork:
        return sql_unit(engine, routing.jobs_for)

    async with stage.running():
        owner = await stage.person("Olga")
        world = stage.sandbox.world
        channel = world.telegram.channels.create(owner.id, "Pruebas")
        channel.username = "laspruebas"
        world.telegram.channels.edit_admin(owner.id, channel, stage.bot.id, set(channel.known_rights))
        async with units() as uow:
            [plan, *_] = await uow.plans.all()
            await uow.of(RECORDS_KEY).choose_channel(
                plan.id, RecordChannel(plan_id=plan.id, username="laspruebas", language="pt", teasers=Teasers.EVERY)
            )
            await uow.commit()
        # The digest of a day is posted on that day, so the tip starts before midnight.
        now, home = core.clock().now(), core.policy().zones.home
        next_day = datetime.combine(now.astimezone(home).date() + timedelta(days=1), time(), home)
        starts = min(now + timedelta(minutes=10), next_day.astimezone(UTC) - timedelta(seconds=1))
        await accept_tips(units, core.clock()).tip("k", plan.soft_id, TipDraft(facts=tip(starts_at=starts)), "cli")
        read = ReadRecord(units, core.clock(), core.policy().zones.home)
        await KeepPublicPosts(units, core.clock(), core.policy(), read)()

        async def standing() -> object:
            async with units() as uow:
                digests = await uow.of(RECORDS_KEY).posts(plan.id, *DIGESTS)
                return digests if digests and await uow.of(RECORDS_KEY).posts(plan.id, PostKind.TEASER) else None

        [digest] = await until(standing, "the digest and the teaser")
        posts = [each for each in world.telegram.posts.messages(channel) if each.kind != "service"]
        [teaser] = [each for each in posts if "🕘" in each.text]
        moment = next(each for each in teaser.content["entities"] if each["type"] == "date_time")
        assert moment["unix_time"] == int(starts.timestamp())
        written = teaser.text.encode("utf-16-le")[2 * moment["offset"] : 2 * (moment["offset"] + moment["length"])]
        assert teaser.text.endswith(f"🕘 {written.decode('utf-16-le')}", 0, teaser.text.index("\n\n+18"))
        [message] = [each for each in posts if each is not teaser]
        assert message.content["link_preview_options"] == {"is_disabled": True}
        assert str(digest.hash) in message.text
        assert digest.link == f"https://t.me/laspruebas/{message.id}"
    await engine.dispose()
