"""Check that every staff command refuses invalid input with the name of its field and stores nothing."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator, Mapping
from uuid import uuid4

import pytest

from bot.texts import texts_for
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.staff.actor import SHELL, actor_of
from subscriptions.application.staff.command import Execution, NothingToDo, StaffCommand, SubjectGone, SubjectKind
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.application.staff.note_customer import NoteCustomer
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.bulk_expiry import BulkExpiry
from tests.fakes import samples
from tests.fakes.shop import Shop, memory_shop
from tests.support.bank import OLGA, Bank
from tests.support.of_features import of_features
from umbral.terminal.outcomes import wrong_in
from web.console.said import ChatWords
from web.console.words import LANGUAGES, words_for

ALL_COMMANDS = list(COMMANDS.values())
NUMBERS = {InputKind.DAYS, InputKind.NUMBER}
FAR = 10**6


class World:
    """Shop with one subject of every kind of staff command. shop: in memory by default"""

    def __init__(self, shop: Shop | None = None) -> None:
        self.bank = Bank(shop or memory_shop())
        self.run = self.bank.staff.run

    async def fill(self) -> dict[SubjectKind, str]:
        """Create the subjects and return the id of each subject by its kind."""
        bank, shop = await self.bank.open(), self.bank.shop
        (item,) = await bank.waiting()
        await bank.confirm(OLGA, item)
        await bank.work()
        held = await shop.holding(bank.ana, bank.plan)
        await bank.asked()
        (waiting,) = await bank.waiting()
        now = shop.clock.now()
        alarm = Alarm.begin("one", "job_held", {"number": "7"}, now)
        bulk_expiry = BulkExpiry.begin(limit=1, live=9, is_forced=False, now=now, closes_at=now)
        webhook = samples.inbox_entry()
        async with shop.units() as uow:
            await uow.alarms.add_if_new(alarm)
            await uow.bulk_expiries.save(bulk_expiry)
            await uow.inbox.add_if_new(webhook)
            await uow.commit()
        staff, plan = bank.staff, bank.plan.soft_id
        invitation = uuid4()
        await staff(SHELL, "invite", "", invitation, role="support")
        await staff(SHELL, "make_role", "", role_name="Ventas", permissions="panel.open")
        return {
            SubjectKind.SHOP: "",
            SubjectKind.CUSTOMER: str(bank.ana.telegram_id),
            SubjectKind.INVITATION: str(invitation),
            SubjectKind.ROLE: "Ventas",
            SubjectKind.SUBSCRIPTION: str(held.subscription.id),
            SubjectKind.ACCESS: str(held.accesses[0].id),
            SubjectKind.PAYMENT: str(held.payment.id),
            SubjectKind.PLAN: plan,
            SubjectKind.TEXT: "es:plans.welcome",
            SubjectKind.BULK_EXPIRY: str(bulk_expiry.id),
            SubjectKind.ALARM: str(alarm.id),
            SubjectKind.PAYMENT_METHOD: "bank",
            SubjectKind.RESOURCE: "vip",
            **{kind: await make(staff, bank.ana) for kind, make in of_features("walks", "SUBJECTS").items()},
            SubjectKind.AWAITED_PAYMENT: waiting.id,
            SubjectKind.JOB: "7",
            SubjectKind.WEBHOOK: str(webhook.id),
            SubjectKind.SETTING: "GRACE_DAYS",
        }

    def written(self) -> object:
        """Return a copy of all stored data."""
        memory = self.bank.shop.memory
        return copy.deepcopy((memory.tables, len(memory.jobs)))


def bad(asked: Input[object]) -> Iterator[str]:
    """Yield invalid answers for an input."""
    yield from ("a\0b", "a\udcffb")
    least, most = asked.limits or (None, None)
    if asked.kind in NUMBERS:
        yield from ("x", "1.5", "9" * 40)
        yield from (str(limit + step) for limit, step in ((most, 1), (least, -1)) if limit is not None)
    elif asked.kind in {InputKind.CHOICE, InputKind.MANY, InputKind.MONEY}:
        yield "no such answer"
    else:
        yield "x" * ((most or FAR) + 1)
    if asked.default is None and asked.kind not in NUMBERS:
        yield ""


@pytest.fixture(scope="module")
def world() -> tuple[World, dict[SubjectKind, str]]:
    made = World()
    return made, asyncio.run(made.fill())


async def refused(world: World, command: type[StaffCommand], about: str, answers: dict[str, str]) -> set[str]:
    """Return the fields named by a refusal. Asserts that nothing was stored."""
    before = world.written()
    for asking in (
        world.run(SHELL, command.name, about, answers, uuid4()),
        world.run.preview(SHELL, command.name, about, answers),
    ):
        with pytest.raises(InputsRefused) as why:
            await asking
        for wrong in why.value.errors.values():
            same_words_on_every_interface(wrong)
    assert world.written() == before
    return set(why.value.errors)


def same_words_on_every_interface(wrong: Wrong) -> None:
    """Assert that the chat, the console, the shell and the API all have a text for the refusal."""
    facts = {name: str(fact) for name, fact in wrong.facts.items()}
    assert str(None) not in facts.values(), wrong.key
    for language in LANGUAGES:
        assert texts_for(language)(f"forms.wrong.{wrong.key}", **facts)
        assert ChatWords(words_for(language)).wrong(wrong)
    assert wrong_in(wrong)


@pytest.mark.exhaustive
@pytest.mark.parametrize("command", ALL_COMMANDS, ids=lambda command: command.name)
async def test_refusal_of_each_invalid_command_input_names_the_field(
    world: tuple[World, dict[SubjectKind, str]], command: type[StaffCommand]
) -> None:
    made, about = world
    for asked in command.inputs:
        for typed in bad(asked):
            assert asked.name in await refused(made, command, about[command.subject], {asked.name: typed}), (
                asked.name,
                typed,
            )
    assert "no_such_field" in await refused(made, command, about[command.subject], {"no_such_field": "1"})


@pytest.mark.parametrize("command", ALL_COMMANDS, ids=lambda command: command.name)
async def test_all_missing_command_inputs_are_reported_together(
    world: tuple[World, dict[SubjectKind, str]], command: type[StaffCommand]
) -> None:
    made, about = world
    wanted = {asked.name for asked in command.inputs if asked.default is None}
    if wanted:
        assert await refused(made, command, about[command.subject], {}) == wanted


@pytest.mark.parametrize(
    "command",
    [command for command in ALL_COMMANDS if command.subject is not SubjectKind.SHOP],
    ids=lambda command: command.name,
)
async def test_command_about_an_unknown_record_is_refused_and_stores_nothing(
    world: tuple[World, dict[SubjectKind, str]], command: type[StaffCommand]
) -> None:
    made, _ = world
    before = made.written()
    for unknown in ("", "no such", "\0", "\udcff", "9" * 40, str(uuid4()), "../x"):
        with pytest.raises(SubjectGone):
            await made.run(SHELL, command.name, unknown, {}, uuid4())
    assert made.written() == before


STAYS = {SubjectKind.SHOP, SubjectKind.TEXT, SubjectKind.SETTING, SubjectKind.JOB}
"""Subjects that always exist, and jobs, which the command looks up itself."""
READ_BY = {"currency": "EUR", "read_at": samples.NOON.isoformat(), "read_in": "Europe/Madrid"}
"""Facts of a subject that determine how answers are parsed."""
TYPED = ("1", "100", "24", "Ana", "29.99 EUR", "2026-06-30 21:00", "2027-06-30", "won", "20 %", "https://example.com")
"""Typed answers, at least one of which fits each input without choices."""


def kept(command: type[StaffCommand]) -> dict[str, str]:
    """Return an answer to each input of the command in stored form."""
    answers = dict(READ_BY)
    for asked in command.inputs:
        answers[asked.name] = next(filter(None, (fits(asked, typed, answers) for typed in TYPED)), asked.default or "")
    return answers


def fits(asked: Input[object], typed: str, answers: Mapping[str, str]) -> str:
    """Return the answer in stored form, or an empty string for an answer that does not fit."""
    try:
        answer = asked.parse(Answer(typed), answers)
        asked.value(answer)
    except (Wrong, ValueError):
        return ""
    return answer


@pytest.mark.parametrize(
    "command",
    [command for command in ALL_COMMANDS if command.subject not in STAYS and command is not NoteCustomer],
    ids=lambda command: command.name,
)
async def test_command_about_a_record_deleted_before_the_lock_is_refused_with_a_reason(
    world: tuple[World, dict[SubjectKind, str]], command: type[StaffCommand]
) -> None:
    """The subject exists when the command is prepared and may be deleted before the command locks it."""
    made, _ = world
    shop, command = made.bank.shop, vars(made.run)["_commands"][command.name]
    async with shop.units() as uow:
        asked = Execution(
            uow=uow,
            actor=await actor_of(uow, SHELL),
            subject=str(uuid4()),
            answers=kept(command),
            operation=uuid4(),
            at=shop.clock.now(),
        )
        with pytest.raises((NothingToDo, Wrong), match=r"^(?!None$)."):
            await command.run(asked)
