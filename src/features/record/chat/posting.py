"""Publication of posts in public channels by the bot."""

from dependency_injector import containers, providers

from features.record.adapters.public_channel import BotPublicChannel
from features.record.domain.record_post import PostKind
from features.record.jobs import PostPublicly as PostJob
from features.record.use_cases.post_publicly import PostPublicly
from subscriptions.application.messages.announce import NEWER_VERSION
from subscriptions.bootstrap.bot import BotContainer, single_speaker
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.job_handlers import JobHandlers, handler_of
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.errors import RetryLater


class PostingContainer(containers.DeclarativeContainer):
    """Container that creates the use case for posts in public channels. channel: client that publishes these posts."""

    core = nested(CoreContainer)
    make = wire(core)
    channel: providers.Dependency[BotPublicChannel] = providers.Dependency()

    post_publicly = make(PostPublicly, channel=channel)


def post_publicly_of(container: BotContainer) -> PostPublicly:
    """Return the use case that publishes posts in public channels with the process's bot."""
    channel = providers.Singleton(BotPublicChannel, container.bots, quiet=container.quiet)
    return PostingContainer(core=container.core, channel=channel).post_publicly()


def handlers(container: BotContainer) -> JobHandlers:
    """Return the handler of the job that publishes a post in a public channel."""

    async def post(job: PostJob) -> None:
        if job.kind not in set(PostKind):
            # During an upgrade, a process of the newer release can handle the job.
            raise RetryLater(f"{job.kind} is no post of this version", delay=NEWER_VERSION)
        async with single_speaker(container.core.leases(), f"record:{job.plan_id}:{job.kind}:{job.subject}"):
            await post_publicly_of(container)(job.plan_id, PostKind(job.kind), job.subject)

    return dict([handler_of(PostJob, post)])
