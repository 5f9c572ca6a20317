"""Staff commands that change a broadcast after its start: stop, resume, retry, edit and withdraw."""

from dataclasses import replace
from typing import ClassVar

from features.broadcasts.commands.parts import (
    TEXT,
    BroadcastCommand,
    broadcast_of,
    refuse_changed,
    save,
)
from features.broadcasts.domain import BroadcastStatus
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.progress import progress_of
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.staff.command import Effect, Execution, NothingToDo, Outcome
from subscriptions.domain.entities.post import CAPTION_LIMIT
from subscriptions.domain.errors import InvalidInput

_ENDED_STATES = (BroadcastStatus.STOPPED, BroadcastStatus.DONE)
_WITHDRAWABLE = (*_ENDED_STATES, BroadcastStatus.SCHEDULED, BroadcastStatus.SENDING, BroadcastStatus.WITHDRAWN)


class StopBroadcast(BroadcastCommand):
    """Staff command that stops a broadcast. A broadcast that has not started becomes a draft again; posts already in
    channels remain there.
    """

    name = "stop_broadcast"
    panel_page = "cast.stop"
    former_method: ClassVar[str | None] = ""
    outcomes = ("stopped", "drafted")

    async def run(self, execution: Execution) -> Outcome:
        """Stop the broadcast. Raises NothingToDo if the broadcast is neither scheduled nor being sent."""
        broadcast = await broadcast_of(execution, BroadcastStatus.SCHEDULED, BroadcastStatus.SENDING)
        broadcast.stop()
        is_draft = broadcast.status is BroadcastStatus.DRAFT
        return await save(execution, broadcast, "drafted" if is_draft else "stopped", "stopped")


class ResumeBroadcast(BroadcastCommand):
    """Staff command that resumes a stopped broadcast. No recipient gets the broadcast twice."""

    name = "resume_broadcast"
    begins = True
    panel_page = "cast.on"
    former_method: ClassVar[str | None] = ""
    outcomes = ("going_on",)

    async def run(self, execution: Execution) -> Outcome:
        """Resume the broadcast. Raises NothingToDo unless the broadcast is stopped or done."""
        broadcast = await broadcast_of(execution, *_ENDED_STATES)
        broadcast.go_on(execution.at)
        return await save(execution, broadcast, "going_on", "gone on with")


class RetryBroadcast(ResumeBroadcast):
    """Staff command that sends a broadcast again to the recipients for whom it is unknown whether the broadcast
    arrived. Some of these may get the broadcast twice.
    """

    name = "retry_broadcast"
    panel_page = "cast.again"
    former_method = None

    async def run(self, execution: Execution) -> Outcome:
        """Reset the deliveries with an unknown result and resume the broadcast. Raises as
        `ResumeBroadcast.run` does.
        """
        broadcast = await broadcast_of(execution, *_ENDED_STATES)
        await execution.uow.of(BROADCASTS_KEY).try_again(broadcast.id)
        return await super().run(execution)


class EditBroadcast(BroadcastCommand):
    """Staff command that changes the text or caption of a broadcast, also in messages already sent."""

    name = "edit_broadcast"
    panel_page = "cast.edit"
    former_method = "PUT"
    inputs = (TEXT,)
    outcomes = ("edited",)

    async def run(self, execution: Execution) -> Outcome:
        """Save the new text. Raises Wrong if the text is too long or the broadcast changed since it was shown, and
        NothingToDo if the broadcast was withdrawn.
        """
        broadcast = await broadcast_of(execution)
        if broadcast.status is BroadcastStatus.WITHDRAWN:
            raise NothingToDo("it was withdrawn")
        refuse_changed(execution, broadcast, TEXT)
        text, entities = execution[TEXT]
        # While its file is sent to Telegram, a draft is still a text, and its text becomes the file's caption.
        if len(text) > CAPTION_LIMIT and await execution.uow.uploads.facts(broadcast.id) is not None:
            raise Wrong("cast_text", question=TEXT.name, limit=str(CAPTION_LIMIT))
        try:
            broadcast.edit(replace(broadcast.content, text=text, entities=entities), execution.at)
        except InvalidInput as error:
            raise Wrong("cast_text", question=TEXT.name, limit=str(broadcast.content.limit)) from error
        return await save(execution, broadcast, "edited", "edited")


class WithdrawBroadcast(BroadcastCommand):
    """Staff command that deletes a broadcast from every chat. Telegram allows bots to delete messages for two days.
    Idempotent.
    """

    name = "withdraw_broadcast"
    panel_page = "cast.take2"
    former_method = "DELETE"
    outcomes = ("withdrawn",)
    effects = ("deleted",)

    async def preview(self, execution: Execution) -> Effect:
        """Return the number of recipients who received the broadcast, for the confirmation."""
        broadcast = await broadcast_of(execution, *_WITHDRAWABLE)
        return Effect(name="deleted", facts={"count": (await progress_of(execution.uow, broadcast)).sent})

    async def run(self, execution: Execution) -> Outcome:
        """Withdraw the broadcast. Raises NothingToDo for a draft, which has no recipients yet."""
        broadcast = await broadcast_of(execution, *_WITHDRAWABLE)
        broadcast.withdraw(execution.at)
        return await save(execution, broadcast, "withdrawn", "withdrawn")
