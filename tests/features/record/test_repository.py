"""Track records of plans, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from features.picks.domain import Settlement, TipResult
from features.record.domain.record import EntryKind, RecordEntry, WithdrawnRule
from features.record.domain.record_post import DIGESTS, PostKind, RecordChannel, RecordPost, Teasers
from features.record.ports.records import RECORDS_KEY
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale, selling
from tests.fakes.units import Units, database, units
from tests.features.picks.tips import STARTS, tip

__all__ = ["database", "units"]


WON = Settlement(result=TipResult.WON)
FACTS = {
    EntryKind.PUBLISHED: tip(note="¡Ñ!\n🎰").as_json(),
    EntryKind.REVISED: tip().as_json(),
    EntryKind.SETTLED: WON.as_json(),
    EntryKind.WITHDRAWN: {},
}


def entry(pick: Post, head: RecordEntry | None, kind: EntryKind = EntryKind.PUBLISHED) -> RecordEntry:
    return RecordEntry.follow(
        head,
        plan_id=pick.plan_id,
        tip_id=pick.id,
        kind=kind,
        at=STARTS if kind is EntryKind.SETTLED else NOON,
        starts_at=STARTS,
        origin="api:core",
        facts=FACTS[kind],
    )


def tip_of(sale: Sale) -> Post:
    return replace(samples.pick(sale.plan), deadline=STARTS)


async def test_stored_record_entries_are_read_back_unchanged(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        one, other, text = tip_of(sale), tip_of(sale), samples.pick(sale.plan)
        for pick in (one, other, text):
            assert await uow.of(POSTS_KEY).add_if_new(pick)
        assert await uow.of(RECORDS_KEY).head(sale.plan.id, lock=True) is None
        first = entry(one, None)
        second = entry(other, first)
        third = entry(one, second, EntryKind.SETTLED)
        for each in (first, second, third):
            await uow.of(RECORDS_KEY).add(each)
        await uow.audit.record(actor="1", action="tip.settle", subject=str(one.id), reason="", at=NOON, facts={})
        await uow.commit()
    async with units() as uow:
        read = await uow.of(RECORDS_KEY).entries(sale.plan.id)
        assert list(read) == [first, second, third]
        assert [each.digest() for each in read] == [each.hash for each in read]
        assert await uow.of(RECORDS_KEY).head(sale.plan.id, lock=True) == third
        assert list(await uow.of(RECORDS_KEY).entries(sale.plan.id, lower=1, upper=3)) == [second]
        assert list(await uow.of(RECORDS_KEY).of_tip(one.id)) == [first, third]
        assert list(await uow.of(RECORDS_KEY).plans()) == [sale.plan.id]
        assert await uow.of(RECORDS_KEY).count_revisions(sale.plan.id) == {one.id: 1, other.id: 1}
        assert await uow.of(RECORDS_KEY).settlements() == {one.id: 1}
        assert await uow.of(POSTS_KEY).get(one.id) == one


@pytest.mark.parametrize("kind", [EntryKind.PUBLISHED, EntryKind.SETTLED])
async def test_repeated_entry_number_publication_or_result_of_a_tip_is_refused(units: Units, kind: EntryKind) -> None:
    async with units() as uow:
        sale = await selling(uow)
        pick = tip_of(sale)
        assert await uow.of(POSTS_KEY).add_if_new(pick)
        last = entry(pick, None)
        await uow.of(RECORDS_KEY).add(last)
        if kind is EntryKind.SETTLED:
            last = entry(pick, last, kind)
            await uow.of(RECORDS_KEY).add(last)
        await uow.commit()
    for again in (entry(pick, None, EntryKind.REVISED), entry(pick, last, kind)):
        async with units() as uow:
            with pytest.raises(RetryLater):
                await uow.of(RECORDS_KEY).add(again)


def test_record_entry_is_never_dated_before_the_previous_entry() -> None:
    pick = samples.pick(samples.plan())
    later = replace(entry(pick, None), at=NOON + timedelta(days=1))
    assert entry(pick, later).at == later.at


async def test_started_tips_without_result_are_counted(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        settled, waiting, moved, withdrawn = (tip_of(sale) for _ in range(4))
        head: RecordEntry | None = None
        for pick in (settled, waiting, moved, withdrawn):
            assert await uow.of(POSTS_KEY).add_if_new(pick)
            head = entry(pick, head)
            await uow.of(RECORDS_KEY).add(head)
        later = STARTS + timedelta(days=2)
        head = RecordEntry.follow(
            head,
            plan_id=moved.plan_id,
            tip_id=moved.id,
            kind=EntryKind.REVISED,
            at=NOON,
            starts_at=later,
            origin="api:core",
            facts=tip(starts_at=later).as_json(),
        )
        await uow.of(RECORDS_KEY).add(head)
        head = entry(withdrawn, head, EntryKind.WITHDRAWN)
        await uow.of(RECORDS_KEY).add(head)
        head = entry(settled, head, EntryKind.SETTLED)
        await uow.of(RECORDS_KEY).add(head)
        assert await uow.of(RECORDS_KEY).count_unsettled(STARTS) == 0
        assert await uow.of(RECORDS_KEY).count_unsettled(STARTS + timedelta(seconds=1)) == 1
        assert await uow.of(RECORDS_KEY).count_unsettled(later + timedelta(seconds=1)) == 2


async def test_withdrawal_rule_cannot_be_changed_after_the_first_tip(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        assert await uow.of(RECORDS_KEY).rule(sale.plan.id) is WithdrawnRule.VOID
        await uow.of(RECORDS_KEY).choose_rule(sale.plan.id, WithdrawnRule.LOST)
        await uow.of(RECORDS_KEY).choose_rule(sale.plan.id, WithdrawnRule.VOID)
        assert await uow.of(RECORDS_KEY).rule(sale.plan.id) is WithdrawnRule.VOID
        pick = tip_of(sale)
        assert await uow.of(POSTS_KEY).add_if_new(pick)
        await uow.of(RECORDS_KEY).add(entry(pick, None))
        await uow.commit()
    async with units() as uow:
        with pytest.raises(IntegrityError, match="fixed"):
            await uow.of(RECORDS_KEY).choose_rule(sale.plan.id, WithdrawnRule.LOST)


async def test_reminder_time_of_a_plan_is_chosen_and_removed(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        assert await uow.of(RECORDS_KEY).reminders() == {}
        for before in (timedelta(minutes=15), timedelta(hours=1)):
            await uow.of(RECORDS_KEY).choose_reminder(sale.plan.id, before)
            assert await uow.of(RECORDS_KEY).reminders() == {sale.plan.id: before}
        await uow.of(RECORDS_KEY).choose_reminder(sale.plan.id, None)
        assert await uow.of(RECORDS_KEY).reminders() == {}


def post_of(sale: Sale, kind: PostKind, subject: str, **changes: object) -> RecordPost:
    post = RecordPost(plan_id=sale.plan.id, kind=kind, subject=subject, username="elcanal", text="🔏", at=NOON)
    return replace(post, **changes)


async def test_record_post_is_added_once_and_its_message_id_stored_once(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        assert await uow.of(RECORDS_KEY).channel(sale.plan.id) is None
        channel = RecordChannel(plan_id=sale.plan.id, username="elcanal", language="es", teasers=Teasers.DAILY)
        await uow.of(RECORDS_KEY).choose_channel(sale.plan.id, channel)
        assert (await uow.of(RECORDS_KEY).channel(sale.plan.id), list(await uow.of(RECORDS_KEY).channels())) == (
            channel,
            [channel],
        )
        post = post_of(sale, PostKind.OPENING, "2026-01-01", number=1, hash="ab")
        later = post_of(sale, PostKind.CLOSING, "2026-01-01", number=2, hash="cd", at=NOON + timedelta(hours=9))
        assert await uow.of(RECORDS_KEY).add_post(post)
        assert await uow.of(RECORDS_KEY).add_post(later)
        assert not await uow.of(RECORDS_KEY).add_post(replace(post, text="otra cosa"))
        assert await uow.of(RECORDS_KEY).posts(sale.plan.id, *DIGESTS) == []
        for number, each in ((7, post), (8, post), (9, later)):
            await uow.of(RECORDS_KEY).mark_posted(each, number, NOON)
        await uow.commit()
    async with units() as uow:
        placed = [replace(each, message_id=message_id, posted_at=NOON) for each, message_id in ((later, 9), (post, 7))]
        assert list(await uow.of(RECORDS_KEY).posts(sale.plan.id, *DIGESTS)) == placed
        assert list(await uow.of(RECORDS_KEY).posts(sale.plan.id, PostKind.CLOSING)) == placed[:1]
        assert await uow.of(RECORDS_KEY).post(sale.plan.id, PostKind.OPENING, "2026-01-01") == placed[1]
        assert placed[1].link == "https://t.me/elcanal/7"
        await uow.of(RECORDS_KEY).choose_channel(sale.plan.id, None)
        assert list(await uow.of(RECORDS_KEY).channels()) == []


async def test_last_entry_before_a_timestamp_and_first_start_within_a_period_are_returned(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        pick = tip_of(sale)
        assert await uow.of(POSTS_KEY).add_if_new(pick)
        first = entry(pick, None)
        await uow.of(RECORDS_KEY).add(first)
        second = RecordEntry.follow(
            first,
            plan_id=pick.plan_id,
            tip_id=pick.id,
            kind=EntryKind.SETTLED,
            at=STARTS,
            starts_at=STARTS,
            origin="cli",
            facts=WON.as_json(),
        )
        await uow.of(RECORDS_KEY).add(second)
        assert await uow.of(RECORDS_KEY).last_before(sale.plan.id, NOON) is None
        assert await uow.of(RECORDS_KEY).last_before(sale.plan.id, STARTS) == first
        assert await uow.of(RECORDS_KEY).last_before(sale.plan.id, STARTS + timedelta(seconds=1)) == second
        assert await uow.of(RECORDS_KEY).first_start(sale.plan.id, NOON, STARTS) is None
        assert await uow.of(RECORDS_KEY).first_start(sale.plan.id, STARTS, STARTS + timedelta(days=1)) == STARTS


@pytest.mark.parametrize("ended", ["started", "settled", "withdrawn", "backdated"])
async def test_settled_or_started_tip_cannot_be_a_teaser(units: Units, ended: str) -> None:
    async with units() as uow:
        sale = await selling(uow)
        pick = tip_of(sale)
        assert await uow.of(POSTS_KEY).add_if_new(pick)
        head = entry(pick, None)
        await uow.of(RECORDS_KEY).add(head)
        at = NOON
        if ended in {"settled", "withdrawn"}:
            await uow.of(RECORDS_KEY).add(entry(pick, head, EntryKind(ended)))
        if ended == "started":
            at = STARTS
        if ended == "backdated":
            at = NOON - timedelta(seconds=1)
        with pytest.raises(IntegrityError, match="before the start"):
            await uow.of(RECORDS_KEY).add_post(post_of(sale, PostKind.TEASER, str(pick.id), at=at))


@pytest.mark.parametrize("teased", [True, False])
async def test_full_tip_cannot_be_posted_to_the_public_channel_without_a_teaser(units: Units, *, teased: bool) -> None:
    async with units() as uow:
        sale = await selling(uow)
        pick = tip_of(sale)
        assert await uow.of(POSTS_KEY).add_if_new(pick)
        await uow.of(RECORDS_KEY).add(entry(pick, None))
        whole = post_of(sale, PostKind.TIP, str(pick.id), at=STARTS)
        if teased:
            teaser = post_of(sale, PostKind.TEASER, str(pick.id))
            assert list(await uow.of(RECORDS_KEY).starting_after(sale.plan.id, NOON)) == [pick.id]
            assert list(await uow.of(RECORDS_KEY).starting_after(sale.plan.id, STARTS)) == []
            assert list(await uow.of(RECORDS_KEY).starting_between(STARTS, STARTS + timedelta(hours=1))) == [pick.id]
            assert list(await uow.of(RECORDS_KEY).starting_between(NOON, STARTS)) == []
            assert await uow.of(RECORDS_KEY).last_post(sale.plan.id, PostKind.TEASER) is None
            assert await uow.of(RECORDS_KEY).add_post(teaser)
            assert await uow.of(RECORDS_KEY).last_post(sale.plan.id, PostKind.TEASER) == teaser
            assert list(await uow.of(RECORDS_KEY).open_teasers(sale.plan.id)) == [teaser]
            assert await uow.of(RECORDS_KEY).add_post(whole)
            assert list(await uow.of(RECORDS_KEY).open_teasers(sale.plan.id)) == []
            return
        with pytest.raises(IntegrityError, match="teased"):
            await uow.of(RECORDS_KEY).add_post(whole)


async def test_reminders_are_not_counted_as_revisions_of_a_tip(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        claim = samples.pick(sale.plan, deadline=NOON + timedelta(days=1))
        assert await uow.of(POSTS_KEY).add_if_new(claim)
        reminder = Post.remind(claim, PostContent(text="⏰"), NOON + timedelta(days=1), NOON)
        assert await uow.of(POSTS_KEY).add_if_new(reminder)
        assert await uow.of(RECORDS_KEY).count_revisions(sale.plan.id) == {claim.id: 1}
