"""Dependency container of the bot's use cases that send broadcasts and mirror posts."""

from typing import cast

from dependency_injector import containers, providers

from bot.panel.visit import Visit
from features.broadcasts.settings import MirrorSettings
from features.broadcasts.use_cases.mirror_post import MirrorPost, Mirrors
from features.broadcasts.use_cases.preview_broadcast import PreviewBroadcast
from features.broadcasts.use_cases.send_broadcast import SendBroadcast
from features.broadcasts.use_cases.send_draft_file import SendDraftFile
from features.broadcasts.wiring import is_on
from subscriptions.application.deliveries.mark_unreachable import MarkUnreachable
from subscriptions.application.posts.publish_post import PublishPost
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.people_sender import PeopleSender


def _mirrors(settings: CoreSettings) -> Mirrors:
    return {ChatId(chat): plans for chat, plans in cast(MirrorSettings, settings).mirrors.items()}


class SendingContainer(containers.DeclarativeContainer):
    """Container that creates the bot's use cases for sending broadcasts and mirroring posts. sender: sender of messages
    in private chats.
    """

    core = nested(CoreContainer)
    make = wire(core)
    sender: providers.Dependency[PeopleSender] = providers.Dependency()

    preview_broadcast = make(PreviewBroadcast, sender=sender)
    send_draft_file = make(SendDraftFile, sender=sender)
    publish_post = make(PublishPost)
    mark_unreachable = make(MarkUnreachable)
    send_broadcast = make(SendBroadcast, sender=sender)
    mirror_post = make(
        MirrorPost,
        mirrors=providers.Callable(_mirrors, core.settings),
        is_on=providers.Callable(is_on, core.features),
    )


def sending_of(container: BotContainer) -> SendingContainer:
    """Return the container of the bot's use cases for sending broadcasts and mirroring posts."""
    return SendingContainer(core=container.core, sender=container.people_sender)


def preview_for(visit: Visit) -> PreviewBroadcast:
    """Return the use case that sends a preview to a staff member."""
    return SendingContainer(core=visit.use.core, sender=visit.use.people_sender).preview_broadcast()
