"""Fixtures of broadcasts in an in-memory shop."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from features.broadcasts.domain import Audience, Broadcast
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.hand_over_broadcast import HandOverBroadcast
from features.broadcasts.use_cases.progress import Progress, progress_of
from features.broadcasts.use_cases.see_broadcasts import SeeBroadcasts
from features.broadcasts.use_cases.send_broadcast import SendBroadcast
from features.broadcasts.use_cases.take_message import TakeMessage
from subscriptions.application.deliveries.mark_unreachable import MarkUnreachable
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.ids import ChatId
from tests.fakes import samples
from tests.fakes.newsroom import Newsroom
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.features.broadcasts.memory import MemoryPeople
from tests.integration.web.conftest import client, no_text_is_missing, olga, sale, site, tables

__all__ = ["client", "no_text_is_missing", "olga", "sale", "site", "tables"]

HELLO, BETTER = PostContent(text="Hoy dos picks"), PostContent(text="Hoy tres picks")
EVERYBODY = Audience()
SOURCE = ChatId(-1001234567)


@dataclass
class Studio:
    """Use cases of broadcasts in an in-memory shop, whose jobs the tests run one by one."""

    shop: Shop
    people: MemoryPeople = field(default_factory=MemoryPeople)
    shown: list[Progress] = field(default_factory=list)

    def __post_init__(self) -> None:
        units, clock = self.shop.units, self.shop.clock
        self.news = Newsroom(self.shop)
        self.hand_over = HandOverBroadcast(units, clock)
        desk = StaffDesk(units, clock)
        self.take = TakeMessage(units, clock, desk)
        self.see = SeeBroadcasts(units, desk)
        self.staff = Staff(self.shop)
        self.send = SendBroadcast(units, clock, self.people, self.news.accept, MarkUnreachable(units, clock))

    async def known(self, **more: object) -> Customer:
        someone = samples.customer(**more)
        async with self.shop.units() as uow:
            await uow.customers.save(someone)
            await uow.commit()
        return someone

    async def crowd(self, number: int) -> list[Customer]:
        return [await self.known() for _ in range(number)]

    async def handed(self, audience: Audience = EVERYBODY, content: PostContent = HELLO) -> Broadcast:
        return await self.hand_over("crm", "k", content, audience, None)

    async def show(self, broadcast: Broadcast, progress: Progress) -> None:
        self.shown.append(progress)

    async def work(self, broadcast: Broadcast) -> None:
        await self.send(broadcast.id, self.show)

    async def now(self, broadcast: Broadcast) -> tuple[Broadcast, Progress]:
        async with self.shop.units() as uow:
            item = await uow.of(BROADCASTS_KEY).get(broadcast.id)
            assert item is not None
            return item, await progress_of(uow, item)

    def texts(self) -> list[str]:
        return [content.text for content in self.people.said.values()]


@pytest.fixture
def studio(shop: Shop) -> Studio:
    return Studio(shop)
