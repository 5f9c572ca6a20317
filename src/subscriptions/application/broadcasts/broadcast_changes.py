"""A broadcast under way, or over: stopped, gone on with, edited, taken back."""

from dataclasses import replace

from subscriptions.application.broadcasts.progress import progress_of
from subscriptions.application.broadcasts.staff_broadcasts import (
    TEXT,
    BroadcastCommand,
    broadcast_of,
    refuse_changed,
    save,
)
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.staff.command import Act, Effect, NothingToDo, Outcome
from subscriptions.domain.entities.broadcast import BroadcastStatus
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.repositories.broadcasts import BROADCASTS_KEY

_ENDED_STATES = (BroadcastStatus.STOPPED, BroadcastStatus.DONE)
_WITHDRAWABLE = (*_ENDED_STATES, BroadcastStatus.SCHEDULED, BroadcastStatus.SENDING, BroadcastStatus.WITHDRAWN)


class StopBroadcast(BroadcastCommand):
    """Send no more of it; what has not begun is a draft again. What is in channels by now stays there."""

    name = "stop_broadcast"
    outcomes = ("stopped", "drafted")

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo where nothing was left to stop."""
        broadcast = await broadcast_of(act, BroadcastStatus.SCHEDULED, BroadcastStatus.SENDING)
        broadcast.stop()
        is_draft = broadcast.status is BroadcastStatus.DRAFT
        return await save(act, broadcast, "drafted" if is_draft else "stopped", "stopped")


class ResumeBroadcast(BroadcastCommand):
    """Send what is left. Nobody who has it gets it twice."""

    name = "resume_broadcast"
    outcomes = ("going_on",)

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo for what never began, or goes already."""
        broadcast = await broadcast_of(act, *_ENDED_STATES)
        broadcast.go_on(act.at)
        return await save(act, broadcast, "going_on", "gone on with")


class RetryBroadcast(ResumeBroadcast):
    """Send it once more to whom it may not have reached; who has it after all gets it twice."""

    name = "retry_broadcast"

    async def run(self, act: Act) -> Outcome:
        """Raises as going on does."""
        broadcast = await broadcast_of(act, *_ENDED_STATES)
        await act.uow.of(BROADCASTS_KEY).try_again(broadcast.id)
        return await super().run(act)


class EditBroadcast(BroadcastCommand):
    """Another text, or caption, also where it was sent already."""

    name = "edit_broadcast"
    inputs = (TEXT,)
    outcomes = ("edited",)

    async def run(self, act: Act) -> Outcome:
        """Raises Wrong where it is not what was seen; NothingToDo for one that was taken back."""
        broadcast = await broadcast_of(act)
        if broadcast.status is BroadcastStatus.WITHDRAWN:
            raise NothingToDo("it was withdrawn")
        refuse_changed(act, broadcast, TEXT)
        text, entities = act[TEXT]
        try:
            broadcast.edit(replace(broadcast.content, text=text, entities=entities), act.at)
        except InvalidInput as error:
            raise Wrong("cast_text", question=TEXT.name, limit=str(broadcast.content.limit)) from error
        return await save(act, broadcast, "edited", "edited")


class WithdrawBroadcast(BroadcastCommand):
    """Delete it wherever it was sent; Telegram lets a bot do that for two days. A repetition looks again."""

    name = "withdraw_broadcast"
    outcomes = ("withdrawn",)
    effects = ("deleted",)

    async def preview(self, act: Act) -> Effect:
        """How many have it."""
        broadcast = await broadcast_of(act, *_WITHDRAWABLE)
        return Effect(name="deleted", facts={"count": (await progress_of(act.uow, broadcast)).sent})

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo for a draft, which nobody has."""
        broadcast = await broadcast_of(act, *_WITHDRAWABLE)
        broadcast.withdraw(act.at)
        return await save(act, broadcast, "withdrawn", "withdrawn")
