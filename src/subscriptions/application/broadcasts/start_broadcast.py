"""A broadcast shown to oneself, let go at once or at a moment, or thrown away."""

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.application.broadcasts.see_broadcasts import size_of, state_of
from subscriptions.application.broadcasts.staff_broadcasts import (
    BroadcastCommand,
    broadcast_of,
    refuse_changed,
    save,
)
from subscriptions.application.dto.cast_jobs import CastPreview
from subscriptions.application.dto.typed_answers import Answer, Answers, Fact, Wrong
from subscriptions.application.record.publish_tip_by_staff import NOW, ZONE
from subscriptions.application.record.tip_line import read_moment
from subscriptions.application.staff.command import Act, Effect, NothingToDo, Outcome
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.domain.entities.broadcast import Audience, Broadcast, BroadcastStatus, Segment
from subscriptions.domain.ports.repositories.broadcasts import BROADCASTS_KEY

FARTHEST: Final = timedelta(days=366)
_HOUR: Final = re.compile(r"\d{1,2}:\d{2}")


def _moment(answer: Answer, answers: Answers) -> str:
    """`21:30` is the next one; `24/12 21:30`, and ISO 8601. Empty for now."""
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
    """Let a draft go, now or at a moment, to whom it is for."""

    name = "start_broadcast"
    inputs = (AT,)
    outcomes = ("going", "scheduled")
    effects = (*Segment, "channels")

    async def preview(self, act: Act) -> Effect:
        """Whom it is for, and how many of them it reaches."""
        _, audience = await self._draft(act)
        size = await size_of(act.uow, audience)
        parts = ", ".join(value for name, value in _facts_of(audience).items() if name != "segment")
        facts: dict[str, Fact] = {"count": size.reachable, "all": size.all, "of": f" ({parts})" if parts else ""}
        return Effect(name="channels" if audience.channels else audience.segment, facts=facts)

    async def run(self, act: Act) -> Outcome:
        """Raises Wrong where it is not what was seen; NothingToDo for what is no draft any more."""
        broadcast, audience = await self._draft(act)
        broadcast.start(act[AT] or act.at, act.at)
        name = "going" if act[AT] is None else "scheduled"
        return await save(act, broadcast, name, "begun", **_facts_of(audience))

    async def _draft(self, act: Act) -> tuple[Broadcast, Audience]:
        broadcast = await broadcast_of(act, BroadcastStatus.DRAFT)
        refuse_changed(act, broadcast, AT)
        if broadcast.audience is None:
            raise NothingToDo("nobody is chosen yet")
        return broadcast, broadcast.audience


class TestBroadcast(BroadcastCommand):
    """Have the bot send it to who asks, exactly as all would see it."""

    name = "test_broadcast"
    outcomes = ("on_its_way",)
    needs_confirmation = False

    async def run(self, act: Act) -> Outcome:
        """Asked twice before it went, it goes once. Raises NothingToDo for who has no chat with the bot."""
        broadcast = await broadcast_of(act)
        if act.actor.staff is None:
            raise NothingToDo("only somebody of staff has a chat with the bot")
        person = act.actor.staff.telegram_id
        cast_preview = CastPreview(broadcast_id=broadcast.id, person=person)
        await act.uow.enqueue(cast_preview.keyed_job(f"show:{broadcast.id}:{person}"))
        return Outcome(name="on_its_way", result=await state_of(act.uow, broadcast))


class DiscardBroadcast(BroadcastCommand):
    """Throw a draft away."""

    name = "discard_broadcast"
    outcomes = ("discarded",)

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo for what is no draft any more."""
        broadcast = await broadcast_of(act, BroadcastStatus.DRAFT)
        state = await state_of(act.uow, broadcast)
        await act.uow.of(BROADCASTS_KEY).remove(broadcast.id)
        return Outcome(name="discarded", result=state)


def _facts_of(audience: Audience) -> dict[str, str]:
    if audience.channels:
        return {"channels": ", ".join(sorted(audience.channels))}
    amount = str(audience.spent) if audience.spent is not None else None
    values = {"language": audience.language, "plan": audience.plan, "chat": audience.chat, "spent": amount}
    return {"segment": str(audience.segment), **{name: value for name, value in values.items() if value is not None}}
