"""Staff commands that test, start, schedule and discard a broadcast."""

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from features.broadcasts.commands.parts import (
    BroadcastCommand,
    broadcast_of,
    refuse_changed,
    save,
)
from features.broadcasts.domain import Audience, Broadcast, BroadcastStatus, Segment
from features.broadcasts.jobs import BroadcastPreview
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.see_broadcasts import size_of, state_of
from subscriptions.application.dto.typed_answers import Answer, Answers, Fact, Wrong
from subscriptions.application.dto.typed_moments import NOW, ZONE, read_moment
from subscriptions.application.staff.command import Effect, Execution, NothingToDo, Outcome
from subscriptions.application.staff.inputs import Input, InputKind

FARTHEST: Final = timedelta(days=366)
_HOUR: Final = re.compile(r"\d{1,2}:\d{2}")


def _moment(answer: Answer, answers: Answers) -> str:
    """Parse a start time: a time of day (`21:30`, the next occurrence), a date and time (`24/12 21:30`) or ISO 8601.
    Empty means now.
    """
    text, now = answer.text.strip(), datetime.fromisoformat(answers[NOW])
    if not text:
        return ""
    try:
        moment = read_moment(text, now, ZoneInfo(answers[ZONE]))
    except (ValueError, OverflowError):
        raise Wrong("cast_at", given=text[:40]) from None
    if moment <= now and _HOUR.fullmatch(text):
        moment += timedelta(days=1)
    if not now < moment <= now + FARTHEST:
        raise Wrong("cast_at_past")
    return moment.isoformat()


AT: Final[Input[datetime | None]] = Input(
    name="at",
    kind=InputKind.MOMENT,
    parse=_moment,
    value=lambda text: datetime.fromisoformat(text) if text else None,
    default="",
)


class StartBroadcast(BroadcastCommand):
    """Staff command that sends a draft to its audience, now or at a time."""

    name = "start_broadcast"
    begins = True
    panel_page = "cast.go2"
    previews_at_once = True
    inputs = (AT,)
    outcomes = ("going", "scheduled")
    effects = (*Segment, "channels")

    async def preview(self, execution: Execution) -> Effect:
        """Return the audience and the number of recipients that the broadcast would reach."""
        _, audience = await self._draft(execution)
        size = await size_of(execution.uow, audience, execution.at)
        signs = {"tag": "#{}", "source": "🔗 {}", "ends_within": "⏳ ≤ {} d"}
        limits = {name: value for name, value in _facts_of(audience).items() if name != "segment"}
        parts = ", ".join(signs.get(name, "{}").format(value) for name, value in limits.items())
        facts: dict[str, Fact] = {"count": size.reachable, "all": size.all, "of": f" ({parts})" if parts else ""}
        return Effect(name="channels" if audience.channels else audience.segment, facts=facts)

    async def run(self, execution: Execution) -> Outcome:
        """Start the broadcast. Raises NothingToDo if the broadcast is no longer a draft or has no audience, and Wrong
        if it changed since it was shown to the staff member or if Telegram has not stored its file yet.
        """
        broadcast, audience = await self._draft(execution)
        broadcast.start(execution[AT] or execution.at, execution.at)
        name = "going" if execution[AT] is None else "scheduled"
        return await save(execution, broadcast, name, "begun", **_facts_of(audience))

    async def _draft(self, execution: Execution) -> tuple[Broadcast, Audience]:
        broadcast = await broadcast_of(execution, BroadcastStatus.DRAFT)
        refuse_changed(execution, broadcast, AT)
        file = await execution.uow.uploads.facts(broadcast.id)
        if file is not None:
            raise Wrong("cast_file_refused" if file.refused else "cast_file_waits", question=AT.name)
        if broadcast.audience is None:
            raise NothingToDo("nobody is chosen yet")
        return broadcast, broadcast.audience


class TestBroadcast(BroadcastCommand):
    """Staff command that sends the broadcast to the staff member who runs the command, exactly as recipients would see
    it.
    """

    name = "test_broadcast"
    begins = True
    panel_page = "cast.look"
    outcomes = ("on_its_way",)
    needs_confirmation = False

    async def run(self, execution: Execution) -> Outcome:
        """Queue one test message, even if the command is repeated. Raises NothingToDo for an actor without a chat with
        the bot.
        """
        broadcast = await broadcast_of(execution)
        if execution.actor.staff is None:
            raise NothingToDo("only somebody of staff has a chat with the bot")
        person = execution.actor.staff.telegram_id
        broadcast_preview = BroadcastPreview(broadcast_id=broadcast.id, person=person)
        await execution.uow.enqueue(broadcast_preview.keyed_job(f"show:{broadcast.id}:{person}"))
        return Outcome(name="on_its_way", result=await state_of(execution.uow, broadcast, execution.at))


class DiscardBroadcast(BroadcastCommand):
    """Staff command that deletes a draft."""

    name = "discard_broadcast"
    panel_page = "cast.drop"
    console_page = "/broadcasts"
    outcomes = ("discarded",)

    async def run(self, execution: Execution) -> Outcome:
        """Delete the draft. Raises NothingToDo if the broadcast is no longer a draft."""
        broadcast = await broadcast_of(execution, BroadcastStatus.DRAFT)
        state = await state_of(execution.uow, broadcast, execution.at)
        await execution.uow.uploads.remove(broadcast.id)
        await execution.uow.of(BROADCASTS_KEY).remove(broadcast.id)
        return Outcome(name="discarded", result=state)


def _facts_of(audience: Audience) -> dict[str, str]:
    if audience.channels:
        return {"channels": ", ".join(sorted(audience.channels))}
    amount = str(audience.spent) if audience.spent is not None else None
    days = str(audience.ends_within) if audience.ends_within is not None else None
    values = {
        "language": audience.language,
        "plan": audience.plan,
        "chat": audience.chat,
        "spent": amount,
        "ends_within": days,
        "tag": audience.tag,
        "source": audience.source,
    }
    return {"segment": str(audience.segment), **{name: value for name, value in values.items() if value is not None}}
