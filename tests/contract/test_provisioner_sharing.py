"""Two accounts in one channel, by every ChannelProvisioner."""

from __future__ import annotations

from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, ChannelRef
from tests.support.provisioner_stages import DAY, Stage


async def test_another_account_comes_in_once_by_its_link_and_is_trusted(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    link = await telegram.export_link(made, "second", stage.clock.now() + DAY, by_request=False)
    async with stage.open(stage.other) as other:
        whose = await other.myself()
        inside = await other.join(link.url)
        assert inside is not None
        assert (inside.chat_id, inside.access_hash != made.access_hash) == (made.chat_id, True)
        assert await other.join("https://t.me/+0000000000000000") is None

    [person] = [each for each in await telegram.insiders(made) if each.telegram_id == whose]
    assert not person.trusted
    await telegram.promote(made, person)
    await telegram.promote(made, person)
    assert [each.trusted for each in await telegram.insiders(made) if each.telegram_id == whose] == [True]

    async with stage.open(stage.other) as other:
        # It may do now what an owner does every day.
        await other.rename(inside, "Otro", "Otro canal")
        own = await other.export_link(inside, "b" * 32, stage.clock.now() + DAY, by_request=True)
        assert stage.works(made.chat_id, own.url)
