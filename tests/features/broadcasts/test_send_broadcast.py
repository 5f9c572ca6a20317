"""Broadcasts reach every recipient once despite interruptions, and report the recipients that they missed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from features.broadcasts.domain import Audience, BroadcastStatus, DeliveryState, Segment
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.hand_over_broadcast import BroadcastConflict
from features.broadcasts.use_cases.note_opening import NoteOpening
from features.broadcasts.use_cases.see_broadcasts import state_of
from features.broadcasts.use_cases.send_broadcast import HANDFUL, LINES, PATIENCE
from features.broadcasts.words import status_word, whom
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.delivery import SENDING_TAKES
from subscriptions.domain.entities.post import PostButton, PostContent, PostSource
from subscriptions.domain.errors import ActionRequired, Ambiguous, InvalidInput, Permanent, RetryLater
from subscriptions.domain.services.counted_links import read_token
from tests.fakes import samples
from tests.fakes.resources import vip
from tests.features.broadcasts.conftest import BETTER, EVERYBODY, HELLO, SOURCE, Studio
from tests.features.broadcasts.memory import KilledMidway
from tests.unit.application.messages.test_announce import Desk


async def test_each_recipient_gets_one_message_and_the_figures_match(studio: Studio) -> None:
    crowd = await studio.crowd(40)
    blocked = await studio.known(blocked_at=samples.NOON)
    studio.people.errors = {
        crowd[0].telegram_id: ActionRequired("blocked_bot"),
        crowd[1].telegram_id: Permanent("message to copy not found"),
    }
    broadcast = await studio.handed()
    await studio.work(broadcast)
    await studio.work(broadcast)

    assert set(studio.people.sends) == {each.telegram_id for each in crowd[2:]}
    assert set(studio.people.sends.values()) == {1}
    done, progress = await studio.now(broadcast)
    assert done.status is BroadcastStatus.DONE
    assert (progress.sent, progress.blocked, progress.failed, progress.waiting) == (38, 2, 1, 0)
    assert progress.reasons == {"message to copy not found": 1}
    assert studio.shown[-1] == progress
    async with studio.shop.units() as uow:
        noted = await uow.customers.get(crowd[0].id)
        assert noted is not None
        assert not noted.reachable
    assert blocked.telegram_id not in studio.people.sends


async def test_paying_customer_with_a_deleted_account_raises_an_alarm(studio: Studio) -> None:
    """The broadcast marks the customer as unreachable. Without the alarm, the deleted account would stay unnoticed,
    because no later message is sent to the customer.
    """
    ana, _ = await Desk(studio.shop).paid()
    studio.people.errors = {ana.telegram_id: ActionRequired("deleted_account")}
    await studio.work(await studio.handed())

    [alarm] = await studio.shop.jobs("bot.alarm")
    assert (alarm["kind"], alarm["facts"]["telegram_id"]) == ("account_deleted", str(ana.telegram_id))


async def test_broadcast_resumed_after_a_kill_repeats_no_message(studio: Studio) -> None:
    crowd = await studio.crowd(50)
    broadcast = await studio.handed()
    studio.people.die_after = 20
    with pytest.raises(KilledMidway):
        await studio.work(broadcast)
    studio.people.die_after = None

    await studio.work(broadcast)
    studio.shop.clock.advance(SENDING_TAKES + timedelta(seconds=1))
    await studio.work(broadcast)

    _, progress = await studio.now(broadcast)
    assert set(studio.people.sends.values()) == {1}
    assert progress.unknown > 0, "what was under way is said, and not sent again"
    assert progress.sent + progress.unknown == progress.total == len(crowd)


async def test_delivery_in_doubt_is_repeated_only_by_staff(studio: Studio) -> None:
    owner = await studio.known(staff_role=StaffRole.OWNER)
    broadcast = await studio.handed()
    studio.people.errors = {owner.telegram_id: Ambiguous("no answer")}
    with pytest.raises(RetryLater):
        await studio.work(broadcast)
    await studio.work(broadcast)
    assert (await studio.now(broadcast))[1].unknown == 1

    await studio.staff(owner.telegram_id, "retry_broadcast", broadcast.id)
    await studio.work(broadcast)
    assert (await studio.now(broadcast))[1].sent == 1


async def test_outage_puts_only_the_messages_being_sent_in_doubt(studio: Studio) -> None:
    crowd = await studio.crowd(3 * HANDFUL * LINES)
    broadcast = await studio.handed()
    studio.people.errors = {each.telegram_id: Ambiguous("a fault") for each in crowd}
    with pytest.raises(RetryLater):
        await studio.work(broadcast)
    _, progress = await studio.now(broadcast)
    assert 0 < progress.unknown <= HANDFUL * LINES
    assert progress.waiting == len(crowd) - progress.unknown

    studio.people.errors = {}
    await studio.work(broadcast)
    assert (await studio.now(broadcast))[1].sent == len(crowd) - progress.unknown


async def test_message_waiting_for_its_turn_is_not_in_doubt_after_a_kill(studio: Studio) -> None:
    await studio.crowd(50)
    broadcast = await studio.handed()
    studio.people.turns = 20
    with pytest.raises(KilledMidway):
        await studio.work(broadcast)

    async with studio.shop.units() as uow:
        counts = await uow.of(BROADCASTS_KEY).counts(broadcast.id)
    assert counts.get((DeliveryState.SENDING, None), 0) <= HANDFUL
    assert counts[DeliveryState.PENDING, None] >= 50 - 20 - HANDFUL


async def test_messages_being_sent_are_completed_when_the_broadcast_job_is_canceled(studio: Studio) -> None:
    crowd = await studio.crowd(3 * HANDFUL * LINES)
    broadcast = await studio.handed()
    studio.people.answers, studio.people.asked = asyncio.Event(), asyncio.Event()
    work = asyncio.create_task(studio.work(broadcast))
    await studio.people.asked.wait()

    work.cancel()
    await asyncio.sleep(0)
    studio.people.answers.set()
    with pytest.raises(asyncio.CancelledError):
        await work

    async with studio.shop.units() as uow:
        counts = await uow.of(BROADCASTS_KEY).counts(broadcast.id)
    assert 0 < counts[DeliveryState.SENT, None] <= HANDFUL * LINES
    assert counts[DeliveryState.PENDING, None] == len(crowd) - counts[DeliveryState.SENT, None], (
        "and nobody is in doubt"
    )


async def test_telegram_limit_postpones_the_remaining_messages(studio: Studio) -> None:
    crowd = await studio.crowd(30)
    broadcast = await studio.handed()
    studio.people.errors = {crowd[3].telegram_id: RetryLater("slow down", delay=timedelta(seconds=5))}
    with pytest.raises(RetryLater):
        await studio.work(broadcast)
    await studio.work(broadcast)
    assert (await studio.now(broadcast))[1].sent == 30
    assert set(studio.people.sends.values()) == {1}


async def test_stopped_broadcast_sends_nothing_and_resumed_broadcast_reaches_the_remaining_recipients(
    studio: Studio,
) -> None:
    owner = await studio.known(staff_role=StaffRole.OWNER)
    await studio.crowd(30)
    broadcast = await studio.handed()
    first = await studio.see.size(EVERYBODY)
    studio.people.errors = {owner.telegram_id: RetryLater("slow down")}
    with suppress(RetryLater):
        await studio.work(broadcast)
    await studio.staff(owner.telegram_id, "stop_broadcast", broadcast.id)
    before = sum(studio.people.sends.values())
    await studio.work(broadcast)
    assert sum(studio.people.sends.values()) == before

    await studio.staff(owner.telegram_id, "resume_broadcast", broadcast.id)
    await studio.work(broadcast)
    assert sum(studio.people.sends.values()) == first.reachable == 31


async def test_edit_and_withdrawal_reach_every_recipient(studio: Studio) -> None:
    owner = await studio.known(staff_role=StaffRole.OWNER)
    old = await studio.known()
    broadcast = await studio.handed()
    await studio.work(broadcast)
    await studio.staff(owner.telegram_id, "edit_broadcast", broadcast.id, text=BETTER.text)
    await studio.work(broadcast)
    assert studio.texts() == [BETTER.text] * 2

    studio.people.errors = {old.telegram_id: Permanent("message can't be deleted")}
    await studio.staff(owner.telegram_id, "withdraw_broadcast", broadcast.id)
    await studio.work(broadcast)
    _, progress = await studio.now(broadcast)
    assert studio.texts() == [BETTER.text]
    assert (progress.withdrawn, progress.sent) == (1, 1)
    assert progress.reasons == {"message can't be deleted": 1}
    async with studio.shop.units() as uow:
        lines = await uow.audit.of_subject(str(broadcast.id), 9)
    said = [(line.actor, line.reason) for line in lines if line.reason in {"edited", "withdrawn"}]
    assert sorted(said) == [(str(owner.telegram_id), "edited"), (str(owner.telegram_id), "withdrawn")]


async def test_progress_of_a_finished_broadcast_is_counted_again_only_after_a_change(studio: Studio) -> None:
    owner = await studio.known(staff_role=StaffRole.OWNER)
    late = studio.people.errors = {owner.telegram_id: RetryLater("slow down")}
    broadcast = await studio.handed()
    for waiting in (1, 0):
        with suppress(RetryLater):
            await studio.work(broadcast)
        studio.shop.clock.advance(SENDING_TAKES + timedelta(seconds=1))
        late.clear()
        [seen] = await studio.see.list_views(owner.telegram_id, 5)
        assert (seen.progress.waiting, seen.progress.sent, seen.author) == (waiting, 1 - waiting, None)
    assert (await studio.see.list_views(owner.telegram_id, 5))[0] is seen
    await studio.staff(owner.telegram_id, "withdraw_broadcast", broadcast.id)
    await studio.work(broadcast)
    assert (await studio.see.list_views(owner.telegram_id, 5))[0].progress.withdrawn == 1


async def test_broadcast_waits_for_its_start_time(studio: Studio) -> None:
    await studio.known()
    at = studio.shop.clock.now() + timedelta(hours=2)
    broadcast = await studio.hand_over("crm", "k", HELLO, EVERYBODY, at)
    await studio.work(broadcast)
    assert not studio.people.sends
    studio.shop.clock.advance(timedelta(hours=2))
    await studio.work(broadcast)
    assert sum(studio.people.sends.values()) == 1


async def test_postponed_broadcast_waits_for_its_new_start_time(studio: Studio) -> None:
    owner = await studio.known(staff_role=StaffRole.OWNER)
    eight = studio.shop.clock.now() + timedelta(hours=2)
    broadcast = await studio.hand_over("crm", "k", HELLO, EVERYBODY, eight)
    await studio.staff(owner.telegram_id, "stop_broadcast", broadcast.id)
    ten = eight + timedelta(hours=2)
    await studio.staff(owner.telegram_id, "start_broadcast", broadcast.id, at=ten.isoformat())
    asked = len(studio.shop.memory.jobs_named("bot.send_broadcast"))

    studio.shop.clock.advance(timedelta(hours=2))
    await studio.work(broadcast)
    assert [job.not_before for job in studio.shop.memory.jobs_named("bot.send_broadcast")[asked:]] == [ten]


async def test_broadcast_changed_since_its_preview_is_not_started(studio: Studio) -> None:
    owner = await studio.known(staff_role=StaffRole.OWNER)
    draft, _ = await studio.take.draft(owner.telegram_id, "k", HELLO)
    staff, who = studio.staff, owner.telegram_id
    few = {"segment": "all", "language": "en"}
    await staff(who, "aim_broadcast", draft.id, **few)
    seen = f"{draft.id}.{(await studio.now(draft))[0].seal}"
    await staff(who, "aim_broadcast", draft.id, segment="all")
    with pytest.raises(InputsRefused, match="cast_changed"):
        await staff(who, "start_broadcast", seen)
    await staff(who, "aim_broadcast", draft.id, **few)
    await staff(who, "edit_broadcast", draft.id, text=BETTER.text)
    with pytest.raises(InputsRefused, match="cast_changed"):
        await staff(who, "start_broadcast", seen)
    now, _ = await studio.now(draft)
    assert now.status is BroadcastStatus.DRAFT
    assert (await staff(who, "start_broadcast", f"{draft.id}.{now.seal}")).name == "going"
    with pytest.raises(NothingToDo):
        await staff(who, "start_broadcast", draft.id)


async def test_repeated_request_creates_one_broadcast_and_a_different_request_is_refused(studio: Studio) -> None:
    first = await studio.handed()
    assert (await studio.handed()).id == first.id
    with pytest.raises(BroadcastConflict):
        await studio.handed(content=BETTER)


async def test_support_role_may_not_draft_a_broadcast(studio: Studio) -> None:
    support = await studio.known(staff_role=StaffRole.SUPPORT)
    with pytest.raises(NotAllowed):
        await studio.take.draft(support.telegram_id, "k", HELLO)


async def test_album_in_several_messages_is_one_draft(studio: Studio) -> None:
    owner = await studio.known(staff_role=StaffRole.OWNER)
    parts = [PostContent(text=text, source=PostSource(SOURCE, (n,))) for n, text in ((7, ""), (9, "caption"), (8, ""))]
    drafts = [await studio.take.draft(owner.telegram_id, "album", part) for part in parts]
    assert [first for _, first in drafts] == [True, False, False]
    last, _ = await studio.now(drafts[0][0])
    assert last.content == PostContent(text="caption", source=PostSource(SOURCE, (7, 8, 9)))


async def test_channel_broadcast_is_delivered_as_posts(studio: Studio) -> None:
    owner, plan = await studio.known(staff_role=StaffRole.OWNER), await studio.shop.plan()
    chats = [await studio.news.channel(plan) for _ in range(3)]
    broadcast = await studio.handed(Audience(channels=frozenset({plan.soft_id})))
    await studio.work(broadcast)
    await studio.news.work()
    await studio.work(broadcast)
    assert [studio.news.sender.in_channel(chat) for chat in chats] == [[HELLO.text]] * 3
    done, progress = await studio.now(broadcast)
    assert (done.status, progress.sent, progress.total) == (BroadcastStatus.DONE, 3, 3)

    await studio.staff(owner.telegram_id, "withdraw_broadcast", broadcast.id)
    await studio.work(broadcast)
    await studio.news.work()
    gone = (await studio.now(broadcast))[1]
    assert (gone.withdrawn, gone.sent, gone.total) == (3, 0, 3)
    assert not studio.news.sender.shown


@pytest.mark.parametrize(("refusals", "stands"), [(1, "done"), (2, "unsent")])
async def test_broadcast_refused_by_every_channel_is_listed_as_unsent(
    studio: Studio, refusals: int, stands: str
) -> None:
    """Telegram refuses to copy the post, for example a quiz whose correct answer the bot cannot see."""
    owner, plan = await studio.known(staff_role=StaffRole.OWNER), await studio.shop.plan()
    for _ in range(2):
        await studio.news.channel(plan)
    studio.news.sender.errors = [Permanent("400 Bad Request: message can't be copied")] * refusals
    broadcast = await studio.handed(Audience(channels=frozenset({plan.soft_id})))
    await studio.work(broadcast)
    for delivery in await studio.news.fan_out_all():
        with suppress(Permanent):
            await studio.news.deliver(delivery)
    await studio.work(broadcast)
    [view] = await studio.see.list_views(owner.telegram_id, 9)
    assert (view.progress.failed, status_word(view.broadcast, view.progress)) == (refusals, stands)


async def test_channel_delivery_deadline_of_a_scheduled_broadcast_counts_from_its_start_time(studio: Studio) -> None:
    plan = await studio.shop.plan()
    await studio.news.channel(plan)
    at = studio.shop.clock.now() + 2 * PATIENCE
    audience = Audience(channels=frozenset({plan.soft_id}))
    broadcast = await studio.hand_over("crm", "k", HELLO, audience, at)
    studio.shop.clock.advance(2 * PATIENCE)
    await studio.work(broadcast)
    studio.shop.clock.advance(PATIENCE / 2)
    await studio.news.fan_out_all()
    await studio.work(broadcast)
    assert (await studio.now(broadcast))[0].status is BroadcastStatus.SENDING
    studio.shop.clock.advance(PATIENCE)
    await studio.work(broadcast)
    assert (await studio.now(broadcast))[0].status is BroadcastStatus.DONE


def test_audience_of_customers_without_a_plan_cannot_be_limited_to_a_plan() -> None:
    with pytest.raises(InvalidInput):
        Audience(segment=Segment.NEVER, plan="retabet")


async def test_opening_of_a_bot_button_is_counted_once_and_other_buttons_are_reported_as_not_counted(
    studio: Studio,
) -> None:
    async with studio.shop.units() as uow:
        await uow.variables.set(BOT_USERNAME, "tienda_bot")
        await uow.commit()
    crowd, note_opening = await studio.crowd(3), NoteOpening(studio.shop.units, studio.shop.clock)
    row = (PostButton("Ver", "https://t.me/tienda_bot?start=plan_retabet"), PostButton("Leer", "https://example.com"))
    broadcast = await studio.handed(content=PostContent(text="Hola", buttons=(row,)))
    await note_opening(crowd[0].telegram_id, broadcast.id)
    await studio.work(broadcast)
    (content,) = (said for (person, _), said in studio.people.said.items() if person == crowd[0].telegram_id)
    [url, other] = [each.url for each in content.buttons[0]]
    opened, payload = read_token(url.partition("start=")[2])
    assert (opened, payload, other) == (broadcast.id, "plan_retabet", "https://example.com")

    stranger = samples.customer()
    for who in (crowd[0], crowd[1], crowd[0], stranger):
        await note_opening(who.telegram_id, broadcast.id)
    _, progress = await studio.now(broadcast)
    assert (progress.openings, progress.uncounted_buttons) == (2, 1)
    assert (await studio.see.state(broadcast.id)).opened == 2


async def test_broadcast_without_a_button_that_opens_the_bot_has_no_opening_figures(studio: Studio) -> None:
    await studio.crowd(1)
    broadcast = await studio.handed()
    await studio.work(broadcast)
    _, progress = await studio.now(broadcast)
    assert (progress.openings, progress.uncounted_buttons) == (None, 0)


async def test_audience_shows_the_titles_of_its_chat_and_plan(studio: Studio) -> None:
    async with studio.shop.units() as uow:
        await uow.resources.save(replace(vip(), title="La sala"))
        await uow.plans.save(samples.plan(soft_id="retabet", name="Retabet"))
        await uow.commit()

    async def read(audience: Audience) -> str:
        names = await studio.see.names(audience)
        return whom(lambda key, **facts: " ".join([key, *map(str, facts.values())]), audience, names)

    assert "La sala" in await read(Audience(segment=Segment.INSIDE, chat="vip"))
    assert "Retabet" in await read(Audience(segment=Segment.ACTIVE, plan="retabet"))


async def test_expected_number_of_recipients_is_reported_only_before_the_broadcast_is_sent(studio: Studio) -> None:
    await studio.crowd(3)
    await studio.known(blocked_at=studio.shop.clock.now())
    broadcast = await studio.handed()

    async def reaches() -> int | None:
        item, _ = await studio.now(broadcast)
        async with studio.shop.units() as uow:
            return (await state_of(uow, item, studio.shop.clock.now())).reaches

    assert await reaches() == 3
    await studio.work(broadcast)
    assert await reaches() is None
