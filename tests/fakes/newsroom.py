"""Publication of posts in a test's shop, where the test runs the jobs step by step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from subscriptions.application.access.plan_topics import PlanTopics
from subscriptions.application.posts.deliver_post import DeliverPost, FanOutPost
from subscriptions.application.posts.publish_post import PublishPost
from subscriptions.application.posts.same_copies import SameCopies
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.post import PostDelivery
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import ChatId, DeliveryId, PostId
from subscriptions.domain.ports.post_copies import PostCopies
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes import samples
from tests.fakes.shop import Shop
from tests.fakes.telegram import MemoryForum, MemorySender


@dataclass
class Newsroom:
    """Use cases that publish a shop's posts. The test runs their jobs step by step."""

    shop: Shop
    sender: MemorySender = field(default_factory=MemorySender)
    copies: PostCopies = field(default_factory=SameCopies)
    forum: MemoryForum = field(default_factory=MemoryForum)
    done: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.accept = PublishPost(self.shop.units, self.shop.clock)
        self.fan_out = FanOutPost(self.shop.units, self.shop.clock)
        self.topics = PlanTopics(self.shop.units, self.forum, self.shop.clock)
        self.deliver = DeliverPost(self.shop.units, self.sender, self.shop.clock, self.copies, self.topics)

    async def channel(self, plan: ServicePlan, access: AccessStatus = AccessStatus.ACTIVE) -> ChatId:
        """Create a customer with a ready channel of a plan, and return its chat."""
        customer = samples.customer()
        order = samples.order(customer, plan)
        subscription = samples.subscription(order)
        channel = samples.ready_channel(subscription)
        right = replace(Access.request(customer.id, channel.id, samples.NOON), status=access)
        async with self.shop.units() as uow:
            await uow.customers.save(customer)
            await uow.orders.save(order)
            await uow.subscriptions.save(subscription)
            await uow.channels.save(channel)
            await uow.accesses.save(right)
            await uow.commit()
        assert channel.channel_id is not None
        return channel.channel_id

    async def next_jobs(self, name: str) -> list[dict[str, object]]:
        """Return the jobs of a name that were not returned before."""
        jobs = await self.shop.jobs(name)
        fresh, self.done[name] = jobs[self.done.get(name, 0) :], len(jobs)
        return fresh

    async def fan_out_all(self) -> list[DeliveryId]:
        """Run all fan-out jobs, and return the deliveries that they create."""
        for job in await self.next_jobs("bot.fan_out_pick"):
            await self.fan_out(PostId(UUID(str(job["pick_id"]))), is_new=bool(job["first"]))
        return [DeliveryId(UUID(str(job["delivery_id"]))) for job in await self.next_jobs("bot.deliver_pick")]

    async def work(self) -> None:
        """Run all fan-out jobs and their deliveries until none is left."""
        while deliveries := await self.fan_out_all():
            for delivery in deliveries:
                await self.deliver(delivery)

    async def work_deliveries(self) -> None:
        """Run the delivery jobs that have not run yet."""
        for job in await self.next_jobs("bot.deliver_pick"):
            await self.deliver(DeliveryId(UUID(str(job["delivery_id"]))))

    async def deliveries(self, post_id: PostId) -> list[PostDelivery]:
        async with self.shop.units() as uow:
            return list(await uow.of(POSTS_KEY).deliveries(post_id))
