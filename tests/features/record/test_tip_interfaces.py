"""Invalid tips through every interface: refused with the invalid field named, and never published partially."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest
from pydantic import ValidationError

from bot.panel.index import FORMS
from features.picks.web.body import PickIn
from features.record.use_cases.tip_files import WrongLines
from features.record.use_cases.tip_line import looks_like_tip, read_line
from features.record.web.result_body import ResultIn
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.errors import InvalidInput
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.features.record.records import accept_tips
from web.console.index import ACTIONS
from web.routes.writing import faults

CORE = Program("core", {Ability.PICKS})
COMBINED = {"market": "Combinada", "selection": "Todas", "odds": "2,25"}
LEGS = "A – B | X2 | 1,5\nC – D | 1X | 1,5"
Answers = Mapping[str, str]


class Interfaces:
    """Shop with one plan and every interface for tips. Each method submits a tip, or requests its preview, through one
    interface, and raises that interface's error if the tip is refused.
    """

    def __init__(self, shop: Shop) -> None:
        self.shop, self.act = shop, Staff(shop)

    async def answers(self, changes: Answers) -> dict[str, str]:
        """Return the answers for a tip on an event in two hours, with the given changes."""
        self.plan = getattr(self, "plan", None) or (await self.shop.plan()).soft_id
        at = f"{self.shop.clock.now() + timedelta(hours=2):%Y-%m-%d %H:%M}Z"
        usual = {"event": "Betis – Sevilla", "market": "Goles", "selection": "Más de 2,5", "odds": "1,85", "stake": "3"}
        return {"plan": self.plan, **usual, "starts_at": at, **changes}

    async def operation(self, said: Answers) -> None:
        """Submit the tip by POST /api/v1/tips, as the tools for language models do."""
        await self.act(CORE, "publish_tip", "", **said)

    async def pick(self, said: Answers) -> None:
        """Submit the tip by POST /api/v1/picks."""
        tip: dict[str, object] = {name: value.replace(",", ".") for name, value in said.items() if name != "plan"}
        tip["event"], tip["starts_at"] = said["event"], said["starts_at"].replace(" ", "T")
        names = ("event", "selection", "odds")
        legs = [dict(zip(names, line.split(" | "), strict=True)) for line in said.get("legs", "").splitlines()]
        tip["legs"] = [{**leg, "odds": leg["odds"].replace(",", "."), "market": "Doble oportunidad"} for leg in legs]
        draft = PickIn.model_validate({"plan": said["plan"], "tip": tip}).draft()
        assert draft is not None
        await accept_tips(self.shop.units, self.shop.clock).tip(said["event"], said["plan"], draft, "api:core")

    async def line(self, said: Answers) -> None:
        """Enter the tip as a typed line."""
        first = ("event", "market", "selection", "odds", "stake", "starts_at")
        parts = [f"{said[name]}u" if name == "stake" else said[name] for name in first]
        text = "\n".join([" | ".join(parts), *said.get("legs", "").splitlines()])
        assert looks_like_tip(text)
        await self._asked("publish_tip", {**read_line(text), "plan": said["plan"]})

    async def dialogue(self, said: Answers) -> None:
        """Enter the tip by the questions of the chat, one by one."""
        await self._asked("publish_tip", said)

    async def console(self, said: Answers) -> None:
        """Enter the tip by the form of the console."""
        subject = await self.act.run.subject(SHELL, "publish_tip", "")
        assert subject is not None
        read = dict(subject.reads)
        for each in ACTIONS["publish_tip"].fields:
            assert each.parse is not None
            try:
                read[each.name] = each.parse(Answer(said.get(each.name, "")), read)
            except Wrong as wrong:
                wrong.question = wrong.question or each.name
                raise
        await self.act.run.preview(
            SHELL, "publish_tip", "", {name: said.get(name, "") for name in read if name in FIELDS}
        )

    async def file(self, said: Answers) -> None:
        """Import a file with one invalid line between two valid ones."""
        right, names = await self.answers({}), [*FIELDS]
        rows = [right | {"event": "A – B"}, said, right | {"event": "C – D"}]
        lines = [";".join(f'"{row.get(name, "")}"' for name in names) for row in rows]
        try:
            await self.act(SHELL, "publish_tips", "", file="\n".join([";".join(names), *lines]))
        except InputsRefused as refused:
            wrong = refused.errors["file"]
            assert isinstance(wrong, WrongLines), wrong.key
            raise InputsRefused({fault.field: fault.wrong for fault in wrong.faults}) from refused

    async def _asked(self, name: str, said: Answers) -> None:
        """Parse each answer as the chat does, and then run the command's preview, which checks all answers together."""
        subject = await self.act.run.subject(SHELL, name, "")
        assert subject is not None
        known = dict(subject.reads)
        for question in FORMS[name].questions:
            try:
                if question.name in said or not question.optional:
                    known[question.name] = question.parse(Answer(said.get(question.name, "")), known)
            except Wrong as wrong:
                wrong.question = wrong.question or question.name
                raise
        await self.act.run.preview(SHELL, name, "", {each: known.get(each, "") for each in FIELDS})


FIELDS = tuple(question.name for question in FORMS["publish_tip"].questions)
WAYS: Mapping[str, Callable[[Interfaces, Answers], Awaitable[None]]] = {
    "api act": Interfaces.operation,
    "api pick": Interfaces.pick,
    "line": Interfaces.line,
    "dialogue": Interfaces.dialogue,
    "console": Interfaces.console,
    "file": Interfaces.file,
}
MISTAKES: Mapping[str, tuple[str, Answers]] = {
    "odds below 1": ("odds", {"odds": "0,95"}),
    "odds of zero": ("odds", {"odds": "0"}),
    "American odds below 100": ("odds", {"odds": "-50"}),
    "odds with too many decimals": ("odds", {"odds": "1,8555"}),
    "a start in the past": ("starts_at", {"starts_at": "2020-01-01 21:00Z"}),
    "a start years ahead": ("starts_at", {"starts_at": "2060-01-01 21:00Z"}),
    "stake above the limit": ("stake", {"stake": "101"}),
    "stake of zero": ("stake", {"stake": "0"}),
    "an unknown market": ("market", {"market": "faltas"}),
    "legs that contradict": ("legs", {**COMBINED, "legs": "A – B | X2 | 1,5\nA – B | 1X | 1,5"}),
    "the same leg twice": ("legs", {**COMBINED, "legs": "A – B | X2 | 1,5\nA – B | X2 | 1,5"}),
    "one leg": ("legs", {**COMBINED, "odds": "1,5", "legs": "A – B | X2 | 1,5"}),
    "a leg's odds below 1": ("legs", {**COMBINED, "odds": "1", "legs": LEGS.replace("1X | 1,5", "1X | 0,5")}),
    "odds that differ from the product of the legs": ("odds", {**COMBINED, "odds": "2,5", "legs": LEGS}),
}


def fields_of(why: Exception) -> set[str]:
    """Return the fields that a refusal names."""
    match why:
        case InputsRefused(errors=errors):
            return set(errors)
        case Wrong(question=question):
            return {question or ""}
        case InvalidInput(field=field):
            names = {field}
        case ValidationError():
            names = {field for field, _ in faults(why)}
        case _:
            raise why
    return {name.removeprefix("tip.").partition(".")[0] for name in names}


@pytest.fixture
def interfaces(shop: Shop) -> Interfaces:
    return Interfaces(shop)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("mistake", MISTAKES)
async def test_refusal_of_an_invalid_tip_names_the_field_on_every_interface(
    interfaces: Interfaces, mistake: str, way: str
) -> None:
    field, changes = MISTAKES[mistake]
    said = await interfaces.answers(changes)
    before = copy.deepcopy((interfaces.shop.memory.tables, len(interfaces.shop.memory.jobs)))
    with pytest.raises((InputsRefused, Wrong, InvalidInput, ValidationError)) as refused:
        await WAYS[way](interfaces, said)
    assert fields_of(refused.value) == {field}
    assert (interfaces.shop.memory.tables, len(interfaces.shop.memory.jobs)) == before


@pytest.mark.parametrize("way", WAYS)
async def test_valid_tip_is_accepted_on_every_interface(interfaces: Interfaces, way: str) -> None:
    await WAYS[way](interfaces, await interfaces.answers({}))
    await WAYS[way](interfaces, await interfaces.answers({**COMBINED, "event": "Combinada", "legs": LEGS}))


async def _settle(interfaces: Interfaces, result: str, way: str) -> None:
    if way == "file":
        try:
            await interfaces.act(SHELL, "settle_tips", "", file=f"key,result\nBetis – Sevilla,{result}")
        except InputsRefused as refused:
            wrong = refused.errors["file"]
            assert isinstance(wrong, WrongLines), wrong.key
            raise InputsRefused({fault.field: fault.wrong for fault in wrong.faults}) from refused
        return
    answers = {"result": result} if way == "press" else ResultIn.model_validate({"result": result}).answers()
    await interfaces.act(CORE if way == "api" else SHELL, "settle_tip", "Betis – Sevilla", **answers)


@pytest.mark.parametrize("way", ["press", "api", "file"])
async def test_early_repeated_or_unknown_result_is_refused(interfaces: Interfaces, way: str) -> None:
    await interfaces.pick(await interfaces.answers({}))

    async def refused(result: str) -> set[str]:
        before = copy.deepcopy(interfaces.shop.memory.tables)
        with pytest.raises((InputsRefused, ValidationError)) as why:
            await _settle(interfaces, result, way)
        assert interfaces.shop.memory.tables == before
        return fields_of(why.value)

    assert await refused("won") == {"result"}, "it has not started"
    interfaces.shop.clock.advance(timedelta(hours=4))
    assert await refused("cerrado") == {"result"}
    await _settle(interfaces, "won", way)
    assert await refused("lost") == {"result"}, "it has a result"
    assert await refused("cashed_out") <= {"result", "odds"}
