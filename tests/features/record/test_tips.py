"""Tips from the request to the record: published once, never late, and publicly revised and settled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from features.picks.domain import TipResult
from features.picks.use_cases.tip_text import TipDraft, with_result
from features.record.alarms import TipsUnsettled, are_settled
from features.record.domain.record import EntryKind, RecordEntry
from features.record.domain.record_figures import count, settled_tips
from features.record.domain.tip_history import histories
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.verify_record import VerifyRecord
from features.record.use_cases.watch_results import WatchResults
from subscriptions.application.alarms.alarms import new_alarm
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.posts.publish_post import PostConflict, UnknownPost
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.delivery import LATE_REASON
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes.newsroom import Newsroom
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.features.picks.tips import leg, tip
from tests.features.record.records import accept_tips

CORE = "api:core"
WAIT = timedelta(hours=2)


class Desk:
    """Newsroom whose posts are tips, that is, posts with facts."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.news, self.act = shop, Newsroom(shop), Staff(shop)
        self.accept = accept_tips(shop.units, shop.clock)
        self.facts = tip(starts_at=shop.clock.now() + WAIT)

    async def publish(self, key: str = "k", **changes: object) -> Post:
        plan = await self.plan()
        return await self.accept.tip(key, plan, TipDraft(facts=replace(self.facts, **changes)), CORE)

    async def plan(self) -> str:
        if not hasattr(self, "_plan"):
            self._plan = await self.shop.plan()
        return self._plan.soft_id

    async def entries(self) -> list[RecordEntry]:
        await self.plan()
        async with self.shop.units() as uow:
            return list(await uow.of(RECORDS_KEY).entries(self._plan.id))

    async def channel(self) -> int:
        await self.plan()
        return await self.news.channel(self._plan)

    async def deliveries(self, pick: Post) -> list[tuple[int, str | None]]:
        async with self.shop.units() as uow:
            return [(each.revision, each.failed) for each in await uow.of(POSTS_KEY).deliveries(pick.id)]

    def start(self) -> None:
        self.shop.clock.advance(WAIT)


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """Build a newsroom for tips in an in-memory shop."""
    return Desk(shop)


async def test_tip_is_published_once_and_posted_to_its_customer(desk: Desk) -> None:
    chat = await desk.channel()
    pick, again = await desk.publish(note="Sin bajas"), await desk.publish(note="Sin bajas")
    await desk.news.work()
    [text] = desk.news.sender.in_channel(chat)
    assert pick.id == again.id
    assert [each.kind for each in await desk.entries()] == [EntryKind.PUBLISHED]
    for said in ("Betis – Sevilla", "Goles · Más de 2,5", "Cuota 1,85", "Stake 3 u", "Sin bajas"):
        assert said in text
    assert pick.deadline == desk.facts.starts_at


async def test_tip_is_posted_in_the_readers_language(desk: Desk) -> None:
    pick = await desk.publish()
    assert "Odds 1.85" in pick.content.in_language("en").text
    assert "Odd 1,85" in pick.content.in_language("pt").text
    assert pick.content.in_language("fr").text == pick.content.text
    chat = await desk.channel()
    async with desk.shop.units() as uow:
        [channel] = await uow.channels.live_of_plan(pick.plan_id)
        assert channel.customer_id is not None
        customer = await uow.customers.get(channel.customer_id)
        assert customer is not None
        customer = await uow.customers.by_telegram_id(customer.telegram_id, lock=True)
        assert customer is not None
        customer.language = "en"
        await uow.customers.save(customer)
        await uow.commit()
    await desk.news.work()
    [text] = desk.news.sender.in_channel(chat)
    assert "Odds 1.85" in text


async def test_legs_of_a_combined_tip_name_their_markets(desk: Desk) -> None:
    """«Más de 9,5» alone may mean goals, corners or cards. A tip accepted by an earlier version is still recognized."""
    corners = replace(leg(2, "1.5"), market="Córners", selection="Más de 9,5")
    combined = {"odds": Decimal("2.25"), "legs": (leg(1, "1.5"), corners)}
    pick = await desk.publish(**combined)
    assert "\n   2. Partido 2: Córners · Más de 9,5 · 1,50\n" in pick.content.text
    async with desk.shop.units() as uow:
        kept = await uow.of(POSTS_KEY).by_key("k")
    assert kept is not None
    earlier = replace(pick.content, text=pick.content.text.replace("Goles · Más de 2,5 · 1", "Más de 2,5 · 1"))
    earlier = replace(earlier, text=earlier.text.replace("Córners · ", "").replace("1,50", "1,5"))
    assert kept.accepted_as == earlier.fingerprint
    assert (await desk.publish(**combined)).id == pick.id


async def test_different_tip_with_an_already_used_key_is_refused_as_a_conflict(desk: Desk) -> None:
    await desk.publish(sport="fútbol")
    with pytest.raises(PostConflict):
        await desk.publish(sport="tenis")
    with pytest.raises(PostConflict):
        await desk.publish(bookmaker="Retabet")
    # The tip sent first is still recognized, even when it could no longer be published.
    desk.start()
    assert await desk.publish(sport="fútbol")
    assert len(await desk.entries()) == 1


async def test_tip_of_a_started_event_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refused:
        await desk.publish(starts_at=desk.shop.clock.now())
    assert refused.value.field == "starts_at"
    assert await desk.entries() == []


async def test_tip_is_not_delivered_after_its_deadline(desk: Desk) -> None:
    chat = await desk.channel()
    pick = await desk.publish()
    desk.start()
    await desk.news.work()
    assert desk.news.sender.in_channel(chat) == []
    assert await desk.deliveries(pick) == [(0, LATE_REASON)]


async def test_send_delayed_past_the_deadline_posts_nothing(desk: Desk) -> None:
    """The rate limit delayed the send until the deadline had passed."""
    chat = await desk.channel()
    pick = await desk.publish(valid_until=desk.facts.starts_at - timedelta(minutes=30))

    async def sleep_past(*_: object) -> None:
        desk.shop.clock.advance(WAIT)

    desk.news.sender._step = sleep_past  # type: ignore[method-assign]
    await desk.news.work()
    assert desk.news.sender.in_channel(chat) == []
    assert await desk.deliveries(pick) == [(0, LATE_REASON)]


async def test_edit_is_recorded_as_a_revision_before_the_start_and_as_a_correction_afterwards(desk: Desk) -> None:
    chat = await desk.channel()
    await desk.publish()
    await desk.news.work()
    moved = TipDraft(facts=replace(desk.facts, odds=Decimal("1.75")))
    assert await desk.accept.revise("k", moved, CORE)
    await desk.accept.revise("k", moved, CORE)
    desk.start()
    await desk.accept.revise("k", TipDraft(facts=replace(desk.facts, odds=Decimal(9))), CORE)
    await desk.news.work()
    entries = await desk.entries()
    assert [each.kind for each in entries] == [EntryKind.PUBLISHED, EntryKind.REVISED, EntryKind.CORRECTED]
    [history] = histories(entries).values()
    assert history.facts.odds == Decimal("1.75")
    assert "Cuota 9" in desk.news.sender.in_channel(chat)[0]
    assert [each.faults for each in await VerifyRecord(desk.shop.units)()] == [[]]


async def test_change_after_the_start_is_a_correction_even_if_the_clock_is_slow(desk: Desk) -> None:
    """If the clock of the process that makes the change is slow, the record's entry still gets a time after the start,
    because an entry is never dated before the previous entry.
    """
    await desk.publish()
    await desk.publish("other", starts_at=desk.facts.starts_at + WAIT)
    desk.shop.clock.advance(WAIT + timedelta(seconds=5))
    await desk.accept.revise(
        "other", TipDraft(facts=replace(desk.facts, starts_at=desk.facts.starts_at + 2 * WAIT)), CORE
    )
    desk.shop.clock.advance(-timedelta(seconds=10))
    await desk.accept.revise("k", TipDraft(facts=replace(desk.facts, odds=Decimal("1.7"))), CORE)
    *_, revised = await desk.entries()
    assert (revised.kind, revised.at >= revised.starts_at) == (EntryKind.CORRECTED, True)


@pytest.mark.parametrize("early", [timedelta(microseconds=1), timedelta()])
async def test_tip_can_be_revised_or_withdrawn_until_just_before_its_start(desk: Desk, early: timedelta) -> None:
    await desk.publish("revised")
    await desk.publish("withdrawn")
    desk.shop.clock.advance(WAIT - early)
    await desk.accept.revise("revised", TipDraft(facts=replace(desk.facts, odds=Decimal("1.7"))), CORE)
    await desk.act(SHELL, "withdraw_tip", "withdrawn", reason="no juega")
    if early:
        with pytest.raises(InputsRefused):
            await desk.act(SHELL, "settle_tip", "revised", result="won")
    desk.shop.clock.advance(early)
    await desk.act(SHELL, "settle_tip", "revised", result="won")
    revised, withdrawn = histories(await desk.entries()).values()
    assert revised.facts.odds == Decimal("1.7" if early else "1.85")
    assert withdrawn.withdrawn_in_time is bool(early)
    assert (withdrawn.settlement is not None) is bool(early), "what was withdrawn too late waits for its result"


async def test_changed_introduction_of_a_tip_is_recorded_once(desk: Desk) -> None:
    await desk.publish()
    for words in ("Hoy toca", "Hoy toca"):
        await desk.accept.revise("k", TipDraft(facts=desk.facts, text=words), CORE)
    desk.start()
    await desk.accept.revise("k", TipDraft(facts=desk.facts, text="Ya se veía"), CORE)
    kinds = [each.kind for each in await desk.entries()]
    assert kinds == [EntryKind.PUBLISHED, EntryKind.REVISED, EntryKind.CORRECTED]
    assert [each.faults for each in await VerifyRecord(desk.shop.units)()] == [[]]


async def test_tip_cannot_become_a_text_post_nor_a_text_post_a_tip(desk: Desk) -> None:
    await desk.publish()
    await desk.accept("text", await desk.plan(), PostContent(text="Over 2.5"))
    for key, edit in (
        ("k", desk.accept.edit("k", PostContent(text="otra cosa"))),
        ("text", desk.accept.revise("text", TipDraft(facts=desk.facts), CORE)),
    ):
        with pytest.raises(InvalidInput) as refused:
            await edit
        assert refused.value.field == "tip", key


async def test_withdrawn_tip_is_deleted_in_channels_and_kept_in_the_record(desk: Desk) -> None:
    chat = await desk.channel()
    await desk.publish()
    await desk.news.work()
    for _ in range(2):
        await desk.accept.withdraw("k", CORE)
    await desk.news.work()
    assert desk.news.sender.in_channel(chat) == []
    assert [each.kind for each in await desk.entries()] == [EntryKind.PUBLISHED, EntryKind.WITHDRAWN]
    desk.start()
    with pytest.raises(InputsRefused) as refused:
        await desk.act(SHELL, "settle_tip", "k", result="lost")
    assert refused.value.errors["result"].key == "tip_withdrawn"
    with pytest.raises(UnknownPost):
        await desk.accept.revise("k", TipDraft(facts=desk.facts), CORE)


async def test_result_is_appended_to_the_posted_tip_and_its_correction_is_recorded(desk: Desk) -> None:
    chat = await desk.channel()
    await desk.publish()
    await desk.news.work()
    with pytest.raises(InputsRefused) as early:
        await desk.act(SHELL, "settle_tip", "k", result="won")
    assert early.value.errors["result"].key == "tip_not_started"
    desk.start()
    program = Program("core", {Ability.PICKS})
    outcome = await desk.act(program, "settle_tip", "k", result="won", evidence="acta")
    assert outcome.facts["profit"] == Decimal("2.55")
    await desk.news.work()
    assert desk.news.sender.in_channel(chat)[0].endswith("🏁 Acertado · +2,55 u")
    with pytest.raises(InputsRefused) as twice:
        await desk.act(SHELL, "settle_tip", "k", result="won")
    assert twice.value.errors["result"].key == "tip_settled"
    await desk.act(SHELL, "correct_tip", "k", result="half_lost", reason="gol anulado")
    await desk.news.work()
    assert desk.news.sender.in_channel(chat)[0].endswith("🏁 Medio fallado · −1,5 u (resultado corregido)")
    entries = await desk.entries()
    assert [(each.kind, each.origin) for each in entries] == [
        (EntryKind.PUBLISHED, CORE),
        (EntryKind.SETTLED, CORE),
        (EntryKind.RESETTLED, "cli"),
    ]
    figures = count(settled_tips(histories(entries).values()))
    assert (figures.settled_count, figures.profit) == (1, Decimal("-1.5"))
    assert [each.faults for each in await VerifyRecord(desk.shop.units)()] == [[]]


async def test_correction_after_the_result_does_not_change_the_result(desk: Desk) -> None:
    chat = await desk.channel()
    await desk.publish()
    await desk.news.work()
    desk.start()
    await desk.act(SHELL, "settle_tip", "k", result="won")
    await desk.accept.revise("k", TipDraft(facts=replace(desk.facts, note="Jugado a puerta cerrada")), CORE)
    await desk.news.work()
    [text] = desk.news.sender.in_channel(chat)
    assert text.endswith("Jugado a puerta cerrada\n\n🏁 Acertado · +2,55 u")
    await desk.act(SHELL, "correct_tip", "k", result="lost", reason="gol anulado")
    await desk.accept.revise("k", TipDraft(facts=replace(desk.facts, note="Se jugó con público")), CORE)
    await desk.news.work()
    [text] = desk.news.sender.in_channel(chat)
    assert text.endswith("Se jugó con público\n\n🏁 Fallado · −3 u (resultado corregido)")
    assert [each.faults for each in await VerifyRecord(desk.shop.units)()] == [[]]


@pytest.mark.parametrize(
    ("field", "key", "answers"),
    [
        ("result", "not_offered", {"result": "ganado"}),
        ("odds", "tip_odds", {"result": "cashed_out"}),
        ("odds", "tip_odds", {"result": "won", "odds": "2"}),
        ("odds", "tip_odds", {"result": "cashed_out", "odds": "mucho"}),
        ("legs", "tip_legs", {"result": "won", "legs": "ganado"}),
        ("legs", "tip_legs", {"result": "won", "legs": "won"}),
        ("result", "tip_result_legs", {"result": "won", "legs": "won lost"}),
    ],
)
async def test_refusal_of_an_invalid_result_names_the_field(
    desk: Desk, field: str, key: str, answers: dict[str, str]
) -> None:
    await desk.publish(odds=Decimal("2.25"), legs=(leg(0, "1.5"), leg(1, "1.5")))
    desk.start()
    with pytest.raises(InputsRefused) as refused:
        await desk.act(SHELL, "settle_tip", "k", **answers)
    assert {name: wrong.key for name, wrong in refused.value.errors.items()} == {field: key}
    assert len(await desk.entries()) == 1


async def test_combined_tip_is_not_won_before_its_last_leg_has_started(desk: Desk) -> None:
    late = replace(leg(1, "1.5"), starts_at=desk.facts.starts_at + WAIT)
    await desk.publish(odds=Decimal("2.25"), legs=(leg(0, "1.5"), late))
    desk.start()
    for field, answers in (("result", {"result": "won"}), ("legs", {"result": "won", "legs": "won won"})):
        with pytest.raises(InputsRefused) as refused:
            await desk.act(SHELL, "settle_tip", "k", **answers)
        assert {name: wrong.key for name, wrong in refused.value.errors.items()} == {field: "tip_not_started"}
    desk.start()
    await desk.act(SHELL, "settle_tip", "k", result="won", legs="won won")
    assert len(await desk.entries()) == 2


async def test_leg_results_are_accepted_as_words_in_any_letter_case(desk: Desk) -> None:
    await desk.publish(odds=Decimal("3.375"), legs=(leg(0, "1.5"), leg(1, "1.5"), leg(2, "1.5")))
    desk.start()
    await desk.act(SHELL, "settle_tip", "k", result="half_won", legs="Acertado, medio acertado; ANULADO")
    assert (await desk.entries())[-1].facts()["legs"] == ["won", "half_won", "void"]


async def test_api_key_without_the_posts_permission_cannot_settle_tips(desk: Desk) -> None:
    await desk.publish()
    desk.start()
    with pytest.raises(NotAllowed):
        await desk.act(Program("other", {Ability.CUSTOMERS}), "settle_tip", "k", result=TipResult.WON)


async def test_unsettled_tips_raise_an_alarm_each_morning(desk: Desk) -> None:
    watch = WatchResults(desk.shop.units, desk.shop.clock, ZoneInfo("Europe/Madrid"))
    await desk.publish()
    desk.start()
    await watch()
    assert await desk.shop.alarms() == [], "today's are not late"
    desk.shop.clock.advance(timedelta(days=1))
    await watch()
    await watch()
    assert await desk.shop.alarms() == [TipsUnsettled.name]
    alarm = new_alarm("tips_unsettled:1", TipsUnsettled.name, {"tips": "1"}, desk.shop.clock.now())
    async with desk.shop.units() as uow:
        assert not await are_settled(uow, alarm, desk.shop.clock.now())
        assert await are_settled(uow, alarm, desk.shop.clock.now() + timedelta(days=1)), (
            "the next morning's says the same"
        )
    await desk.act(SHELL, "settle_tip", "k", result="won")
    async with desk.shop.units() as uow:
        assert await are_settled(uow, alarm, desk.shop.clock.now())
    desk.shop.clock.advance(timedelta(days=1))
    await watch()
    assert await desk.shop.alarms() == [TipsUnsettled.name]


async def test_rule_for_withdrawn_tips_cannot_be_changed_after_the_first_tip(desk: Desk) -> None:
    plan = await desk.plan()
    assert (await desk.act(SHELL, "withdrawn_rule", plan, rule="void")).audit == ()
    assert (await desk.act(SHELL, "withdrawn_rule", plan, rule="lost")).name == "chosen_lost"
    await desk.publish()
    for rule in ("void", "lost"):
        with pytest.raises(InputsRefused) as refused:
            await desk.act(SHELL, "withdrawn_rule", plan, rule=rule)
        assert refused.value.errors["rule"].key == "record_begun"
        with pytest.raises(InputsRefused):
            await desk.act.run.preview(SHELL, "withdrawn_rule", plan, {"rule": rule})
    await desk.accept.withdraw("k", CORE)
    figures = count(settled_tips(histories(await desk.entries()).values()))
    assert (figures.settled_count, figures.profit) == (1, Decimal(-3))
    assert [each.faults for each in await VerifyRecord(desk.shop.units)()] == [[]]


async def test_unknown_rule_for_withdrawn_tips_is_refused(desk: Desk) -> None:
    with pytest.raises(InputsRefused) as refused:
        await desk.act(SHELL, "withdrawn_rule", await desk.plan(), rule="won")
    assert refused.value.errors["rule"].key == "choose"
    with pytest.raises(NotAllowed):
        await desk.act(Program("core", {Ability.PICKS}), "withdrawn_rule", await desk.plan(), rule="lost")


@pytest.mark.parametrize(
    ("profit", "written"), [(Fraction(5, 2), "+2,5 u"), (Fraction(-3, 2), "−1,5 u"), (Fraction(-1, 3), "−0,33 u")]
)
def test_profit_of_a_result_has_at_most_two_decimals(profit: Fraction, written: str) -> None:
    assert written in with_result(PostContent(text="Betis"), TipResult.WON, profit, is_corrected=False).text
