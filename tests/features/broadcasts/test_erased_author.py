"""Broadcasts that remain, without the author's name, after the author is erased."""

from __future__ import annotations

from datetime import timedelta

from features.broadcasts.domain import Broadcast, BroadcastStatus
from features.broadcasts.ports import BROADCASTS_KEY
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.post import PostContent, PostSource
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from tests.support.lived import NUMBER, USERNAME, Life, life, marks

__all__ = ["life"]


async def test_broadcast_of_an_erased_author_is_kept_without_the_name(life: Life) -> None:
    now, who, units = life.shop.clock.now(), life.person, life.shop.units
    said = PostContent(text="Hoy hay sorpresa", source=PostSource(ChatId(NUMBER), (5, 6)))
    casts = [Broadcast.draft(f"chat:{NUMBER}:{number}", who.telegram_id, said, now) for number in range(2)]
    done, on_its_way = casts
    done.status, on_its_way.status = BroadcastStatus.DONE, BroadcastStatus.SENDING
    code = ActivationToken.make(life.plan, TelegramId(99), now, now + timedelta(days=1), note=f"para @{USERNAME}")
    async with units() as uow:
        assert all([await uow.of(BROADCASTS_KEY).add_if_new(each) for each in casts])
        await uow.of(TOKENS_KEY).add_if_new(code)
        await uow.personal_data.erase(who.telegram_id, who, who.stand_in, now)
        await uow.commit()
    dump = await life.dump()
    assert [str(NUMBER) in row for row in dump["broadcasts"] if str(done.id) in row] == [False]
    assert not any(USERNAME in row for row in dump["activation_tokens"])

    async with units() as uow:
        assert (await uow.personal_data.prune(Record.NOTIFICATIONS, now, timedelta(days=180), 9)) == 0
        left = await uow.of(BROADCASTS_KEY).get(on_its_way.id, lock=True)
        assert left is not None
        assert left.content.source == said.source
        left.status = BroadcastStatus.DONE
        await uow.of(BROADCASTS_KEY).save(left)
        assert (await uow.personal_data.prune(Record.NOTIFICATIONS, now, timedelta(days=180), 9)) == 1
        assert [each.content.text for each in await uow.of(BROADCASTS_KEY).newest(9)] == [said.text] * 2
        await uow.commit()
    assert marks({"broadcasts": (await life.dump())["broadcasts"]}) == []
