"""Staff commands that compose a broadcast: content, links and audience. They send nothing."""

from dataclasses import replace
from typing import Final

from features.broadcasts.commands.parts import (
    AUDIENCE,
    BROADCAST_KIND,
    LINKS,
    TEXT,
    BroadcastCommand,
    audience_of,
    broadcast_of,
    save,
)
from features.broadcasts.domain import Broadcast, BroadcastId, BroadcastStatus
from features.broadcasts.jobs import SendDraftFile
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.see_broadcasts import state_of
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.posts import typed_post
from subscriptions.application.staff.command import Execution, NothingToDo, Outcome, SubjectKind
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.domain.entities.post import CAPTION_LIMIT, PostContent
from subscriptions.domain.errors import InvalidInput

PICTURE: Final[Input[str | None]] = Input(
    name="picture",
    kind=InputKind.TEXT,
    parse=typed_post.picture,
    value=lambda text: text or None,
    limits=(0, 2000),
    default="",
)


class ComposeBroadcast(BroadcastCommand):
    """Staff command that creates a broadcast as a draft."""

    name = "compose_broadcast"
    begins = True
    panel_page = "cast.new"
    console_page = "/broadcasts"
    opens_made = True
    api_path = "broadcast-drafts"
    subject = SubjectKind.SHOP
    makes = BROADCAST_KIND
    takes_file = True
    inputs = (TEXT, PICTURE, LINKS, *AUDIENCE)
    outcomes = ("drafted",)
    needs_confirmation = False

    async def run(self, execution: Execution) -> Outcome:
        """Store the draft. If the content includes an uploaded file, the bot adds the file once Telegram has stored it.

        Raises Wrong if the text exceeds the limit for its kind of content, or if both a file and a picture's address
        are given.
        """
        (text, entities), audience = execution[TEXT], audience_of(execution)
        file = await execution.uow.uploads.facts(execution.operation)
        if file is not None and execution[PICTURE] is not None:
            raise Wrong("cast_two_pictures", question=PICTURE.name)
        if file is not None and len(text) > CAPTION_LIMIT:
            raise Wrong("cast_text", question=TEXT.name, limit=str(CAPTION_LIMIT))
        try:
            content = PostContent(text=text, entities=entities, photo_url=execution[PICTURE], buttons=execution[LINKS])
        except InvalidInput as error:
            raise Wrong("cast_text", question=TEXT.name, limit=str(CAPTION_LIMIT)) from error
        author = execution.actor.telegram_id
        fresh = replace(
            Broadcast.draft(f"staff:{execution.operation}", author, content, execution.at),
            id=BroadcastId(execution.operation),
        )
        fresh.aim(audience)
        if not await execution.uow.of(BROADCASTS_KEY).add_if_new(fresh):
            raise NothingToDo("it was written before")
        if file is not None:
            await execution.uow.enqueue(SendDraftFile(broadcast_id=fresh.id).keyed_job(f"file:{fresh.id}"))
        return Outcome(name="drafted", result=await state_of(execution.uow, fresh, execution.at))


class AimBroadcast(BroadcastCommand):
    """Staff command that sets the audience of a draft: customers, or the channels of plans."""

    name = "aim_broadcast"
    begins = True
    panel_page = "cast.seg"
    inputs = AUDIENCE
    outcomes = ("aimed",)
    needs_confirmation = False

    async def run(self, execution: Execution) -> Outcome:
        """Save the audience. Raises NothingToDo if the broadcast is no longer a draft, and Wrong if the inputs
        contradict each other.
        """
        broadcast = await broadcast_of(execution, BroadcastStatus.DRAFT)
        broadcast.aim(audience_of(execution))
        return await save(execution, broadcast, "aimed")


class LinkBroadcast(BroadcastCommand):
    """Staff command that replaces the links under a draft."""

    name = "link_broadcast"
    begins = True
    panel_page = "cast.link"
    inputs = (LINKS,)
    outcomes = ("linked",)
    needs_confirmation = False

    async def run(self, execution: Execution) -> Outcome:
        """Save the links. Raises Wrong for an album, which cannot have buttons."""
        broadcast, buttons = await broadcast_of(execution, BroadcastStatus.DRAFT), execution[LINKS]
        if buttons and broadcast.content.source is not None and len(broadcast.content.source.messages) > 1:
            raise Wrong("cast_album_buttons", question=LINKS.name)
        broadcast.edit(replace(broadcast.content, buttons=buttons), execution.at)
        return await save(execution, broadcast, "linked")
