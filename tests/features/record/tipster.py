"""Author of the year's tips, who publishes, revises, withdraws and settles tips by every available interface."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from math import prod
from typing import Final
from uuid import UUID

from features.picks.use_cases.tip_text import TipDraft
from features.picks.web.body import PickIn
from features.picks.wiring import PicksContainer
from features.record.web.result_body import ResultIn
from subscriptions.application.staff.actor import Caller, Program
from subscriptions.application.staff.command import NothingToDo, Outcome
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import TelegramId, new_uuid
from tests.fakes.clock import ManualClock
from tests.features.record.claim import Claim, End, Facts
from tests.year.agenda import Agenda
from tests.year.chance import Stream
from tests.year.house import OWNER, House
from tests.year.journal import Journal
from tests.year.line import Line
from tests.year.newsstand import Newsstand
from tests.year.promises import Broken

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MAIN, OTHER = "vip-semanal", "todo"
"""Slugs of the plans with a record: one is shown in a shared channel of all its customers, the other also in personal
channels.
"""
RULES: Final = {MAIN: "lost", OTHER: "void"}
"""Result that counts for a tip withdrawn in time, by plan."""
LEAD: Final = 20 * MINUTE
"""Time before the start at which the main plan sends reminders."""
MUTE_EACH: Final = 12
"""Number of tips per tip whose reminder does not reach Telegram before the start of the event."""
MISSED_EACH: Final = 40
"""Number of tips per tip that does not reach Telegram before its deadline."""
PUBLIC: Final = "umbral_abierto"
ORIGIN: Final = "api:core"
CORE: Final = Program("core", frozenset({Ability.PICKS}))
OLGA: Final = TelegramId(OWNER)
SPORTS: Final = ("Fútbol", "Tenis", "Baloncesto", "")
BOOKMAKERS: Final = ("Retabet", "Sportium", "")
AUTHORS: Final = ("Ana", "Íñigo", "")
ENDS: Final = {"won": 40, "lost": 43, "push": 4, "void": 3, "half_won": 3, "half_lost": 3, "cashed_out": 4}
LEG_ENDS: Final = {"won": 70, "lost": 10, "push": 6, "void": 6, "half_won": 4, "half_lost": 4}
FILE_LINES: Final = 3


@dataclass
class Tipster:
    """Simulated author of tips.

    many: number of tips in the given days
    claims: all published tips, by number
    published: callback for each new tip and each changed deadline
    changed: callback for each changed text
    """

    house: House
    line: Line
    stand: Newsstand
    agenda: Agenda
    clock: ManualClock
    journal: Journal
    chance: Stream
    many: int
    days: int
    published: Callable[[Claim], None] = lambda claim: None
    changed: Callable[[Claim], None] = lambda claim: None
    claims: dict[int, Claim] = field(default_factory=dict)
    _published: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.accept_pick = PicksContainer(core=self.house.core).accept_pick()

    async def begin(self) -> None:
        """Choose the rule for withdrawn tips, a public channel and reminders; then publish."""
        for plan, rule in RULES.items():
            if rule != "void":
                await self._act("withdrawn_rule", str(await self._plan_id(plan)), {"rule": rule})
        channel = {"channel": f"@{PUBLIC}", "language": "es", "teasers": "daily"}
        await self._act("record_channel", str(await self._plan_id(MAIN)), channel)
        await self._act("tip_reminder", str(await self._plan_id(MAIN)), {"minutes": str(LEAD // MINUTE)})
        left, span = self.many, self.days * DAY - HOUR
        while left > 0:
            way = self.chance.choices(["api", "chat", "file"], [60, 30, 10])[0]
            count = min(left, FILE_LINES if way == "file" else 1)
            self.agenda.after(self.chance.wait(MINUTE, span), partial(self._publish, way, count))
            left -= count

    async def _plan_id(self, soft_id: str) -> UUID:
        found: UUID = await self.line.fetchval("SELECT id FROM service_plans WHERE soft_id = $1", soft_id)
        return found

    async def _publish(self, way: str, count: int) -> None:
        claims = [self._claim() for _ in range(count)]
        if way == "file":
            await self._send_file(claims)
        for claim in claims:
            if way == "api":
                await self._send(claim)
            elif way == "chat":
                answers = {"plan": claim.plan, **_typed(claim.facts)}
                outcome = await self._act("publish_tip", "shop", answers)
                claim.pick = outcome.result.id  # type: ignore[attr-defined]
            self._plan_future(claim)
            self.journal.log(f"tip by {way}", claim.number, claim.plan)
            self.published(claim)

    def _claim(self) -> Claim:
        number = len(self.claims) + 1
        plan = OTHER if self.chance.happens(0.1) else MAIN
        self._published[plan] += 1
        now, facts = self.clock.now(), self._facts(number)
        claim = self.claims[number] = Claim(number, plan, self._published[plan], facts, now, RULES[plan])
        self._keep_silent(claim)
        return claim

    def _facts(self, number: int) -> Facts:
        now, luck = self.clock.now(), self.chance.random()
        least, most = (
            (MINUTE, 5 * MINUTE) if luck < 0.1 else (HOUR / 2, 12 * HOUR) if luck < 0.8 else (DAY / 2, 4 * DAY)
        )
        starts_at = now + self.chance.wait(least, most)
        facts: Facts = {
            "event": f"Partido {number} – Rival",
            "market": "Goles",
            "selection": f"Opción {number}",
            "starts_at": starts_at.isoformat(),
            "stake": str(Decimal(self.chance.randint(1, 1000)) / 100),
            "sport": self.chance.choice(SPORTS),
            "bookmaker": self.chance.choice(BOOKMAKERS),
            "author": self.chance.choice(AUTHORS),
        }
        if self.chance.happens(0.15):
            facts["valid_until"] = (now + (starts_at - now) * self.chance.uniform(0.3, 1)).isoformat()
        if self.chance.happens(0.12):
            odds = [Decimal(self.chance.randint(101, 250)) / 100 for _ in range(self.chance.randint(2, 4))]
            facts["legs"] = [
                {"event": f"{number}-{index}", "market": "Goles", "selection": "Más de 2,5", "odds": str(each)}
                for index, each in enumerate(odds)
            ]
            return facts | {"odds": str(round(prod(odds, start=Decimal(1)), 3))}
        return facts | {"odds": str(Decimal(self.chance.randint(1010, 9000)) / 1000)}

    def _keep_silent(self, claim: Claim) -> None:
        """Delay the sending of some tips until shortly before or shortly after the deadline."""
        if claim.number % MUTE_EACH == 0:
            self.stand.mute[claim.number] = claim.starts_at + 10 * MINUTE
        if claim.number % MISSED_EACH == 0:
            self.stand.silent[claim.number] = claim.deadline + 10 * MINUTE
        if not self.chance.happens(0.06):
            return
        time = claim.deadline - claim.published_at
        self.stand.silent[claim.number] = claim.published_at + time * self.chance.uniform(0.3, 1.5)

    def _plan_future(self, claim: Claim) -> None:
        """Plan the later events of a tip: at most one change before the start, and then the result."""
        fate, until = self.chance.random(), claim.starts_at - self.clock.now()
        if fate < 0.15:
            self.agenda.after(until * self.chance.random(), partial(self._revise, claim))
        elif fate < 0.21:
            self.agenda.after(until * self.chance.random(), partial(self._withdraw, claim))
        self.agenda.after(until + self.chance.wait(2 * HOUR, 30 * HOUR), partial(self._settle, claim))
        for share, wait, act in (
            (0.03, 5 * MINUTE, self._correct),
            (0.02, 10 * MINUTE, self._withdraw),
            (0.04, 32 * HOUR, self._resettle),
            (0.02, 33 * HOUR, self._correct),
        ):
            if self.chance.happens(share):
                self.agenda.after(until + wait + self.chance.wait(MINUTE, HOUR), partial(act, claim))
        if self.chance.happens(0.03):
            self.agenda.after(until * self.chance.random(), partial(self._try_nonsense, claim))

    async def _send(self, claim: Claim) -> None:
        """Send the tip as a program does, sometimes twice."""
        draft = _draft(claim)
        for _ in range(1 + self.chance.happens(0.05)):
            pick = await self.accept_pick.tip(claim.key, claim.plan, draft, ORIGIN)
            if claim.pick not in {None, pick.id}:
                raise Broken("the same tip again is the same", [claim, pick], None)
            claim.pick = pick.id

    async def _send_file(self, claims: Sequence[Claim]) -> None:
        rows = [{"key": claim.key, "plan": claim.plan, **_typed(claim.facts)} for claim in claims]
        await self._act("publish_tips", "shop", {"file": _csv(rows)})
        for claim in claims:
            claim.pick = await self.line.fetchval("SELECT id FROM picks WHERE key = $1", claim.key)

    async def _revise(self, claim: Claim) -> None:
        """Revise the odds, the stake or the start."""
        now = self.clock.now()
        if claim.starts_at <= now or claim.withdrawn_at is not None or claim.end is not None:
            return
        facts = dict(claim.facts)
        if claim.deadline <= now or self.chance.happens(0.3):
            facts["starts_at"] = (claim.starts_at + self.chance.wait(MINUTE, 6 * HOUR)).isoformat()
            facts.pop("valid_until", None)
        elif "legs" in facts or self.chance.happens(0.3):
            facts["stake"] = str(Decimal(self.chance.randint(1, 1000)) / 100)
        else:
            facts["odds"] = str(Decimal(self.chance.randint(1010, 9000)) / 1000)
        if facts == claim.facts:
            return
        if ("valid_until" in claim.facts and "valid_until" not in facts) or self.chance.happens(0.5):
            await self.accept_pick.revise(await self._key(claim), _draft(claim, facts), ORIGIN)
        else:
            changed = {name: text for name, text in _typed(facts).items() if text != _typed(claim.facts)[name]}
            await self._act("revise_tip", str(claim.pick), changed)
        moved = facts["starts_at"] != claim.facts["starts_at"]
        claim.revise(facts, now)
        self._log("tip revised", claim)
        if moved:
            self.published(claim)

    async def _correct(self, claim: Claim) -> None:
        """Correct a tip after the start of its event. The correction changes no figure."""
        if claim.withdrawn_at is not None or claim.starts_at > self.clock.now():
            return
        facts = claim.facts | {"stake": "99", "note": f"corrección {self.chance.randint(1, 10**9)}"}
        await self.accept_pick.revise(await self._key(claim), _draft(claim, facts), ORIGIN)
        claim.entries += 1
        self._log("tip corrected", claim)

    async def _withdraw(self, claim: Claim) -> None:
        if claim.withdrawn_at is not None:
            return
        if self.chance.happens(0.5):
            await self.accept_pick.withdraw(await self._key(claim), ORIGIN)
        else:
            await self._act("withdraw_tip", str(claim.pick), {"reason": "se ha suspendido"})
        claim.withdrawn_at = self.clock.now()
        claim.entries += 1
        self._log("tip withdrawn" if claim.withdrawn_in_time else "tip withdrawn late", claim)

    async def _settle(self, claim: Claim) -> None:
        now = self.clock.now()
        if claim.starts_at > now:
            self.agenda.after(claim.starts_at - now + HOUR, partial(self._settle, claim))
            return
        if claim.withdrawn_in_time or claim.end is not None or self.chance.happens(0.02):
            return
        end = self._end(claim)
        answers = {"result": end.result, "odds": end.odds, "legs": " ".join(end.legs)}
        way = self.chance.choices(["chat", "api", "file"], [60, 25, 15])[0]
        if way == "chat":
            await self._act("settle_tip", str(claim.pick), answers)
        elif way == "api":
            body = ResultIn.model_validate({"result": end.result, "odds": end.odds or None, "legs": list(end.legs)})
            await self._act("settle_tip", str(claim.pick), body.answers(), CORE)
        else:
            file = _csv([{"key": str(claim.pick), **answers}])
            for _ in range(2):
                await self._act("settle_tips", "shop", {"file": file})
        claim.end = end
        claim.entries += 1
        self._log(f"tip {end.result}", claim)
        if self.chance.happens(0.03):
            again = {"result": "lost" if end.result == "won" else "won"}
            await self._refused("settle_tip", str(claim.pick), again)

    async def _resettle(self, claim: Claim) -> None:
        if claim.end is None:
            return
        end = self._end(claim)
        if end == claim.end:
            return
        answers = {"result": end.result, "odds": end.odds, "legs": " ".join(end.legs)}
        await self._act("correct_tip", str(claim.pick), {**answers, "reason": "lo ha rectificado el árbitro"})
        claim.end = end
        claim.entries += 1
        self._log("tip resettled", claim)

    def _end(self, claim: Claim) -> End:
        result = self.chance.choices(list(ENDS), list(ENDS.values()))[0]
        if result == "cashed_out":
            return End(result, str(Decimal(self.chance.randint(0, 3000)) / 1000))
        if "legs" not in claim.facts:
            return End(result)
        legs = self.chance.choices(list(LEG_ENDS), list(LEG_ENDS.values()), k=len(claim.facts["legs"]))
        return End(_name(claim, legs), legs=legs)

    async def _try_nonsense(self, claim: Claim) -> None:
        """Check that invalid input is refused with the invalid field named, and stores nothing."""
        now = self.clock.now()
        past = self._facts(claim.number) | {"starts_at": (now - MINUTE).isoformat()}
        past.pop("valid_until", None)
        await self._refused("publish_tip", "shop", {"plan": claim.plan, **_typed(past)})
        await self._refused("publish_tip", "shop", {"plan": claim.plan, **_typed(claim.facts | {"odds": "0.99"})})
        if claim.starts_at > now and claim.withdrawn_at is None:
            await self._refused("settle_tip", str(claim.pick), {"result": "won"})
        bad = [{"key": "nonsense", "plan": claim.plan, **_typed(past)}]
        await self._refused("publish_tips", "shop", {"file": _csv(bad)})
        try:
            await self.accept_pick.tip("nonsense", claim.plan, _draft(claim, past), ORIGIN)
        except InvalidInput:
            return
        raise Broken("what cannot be claimed is refused", [past], None)

    async def _refused(self, command: str, subject: str, answers: Mapping[str, str]) -> None:
        try:
            await self._act(command, subject, answers)
        except (InputsRefused, NothingToDo):
            self.journal.log("tip refused", command)
            return
        raise Broken("what cannot be claimed is refused", [command, subject, dict(answers)], None)

    def _log(self, what: str, claim: Claim) -> None:
        self.journal.log(what, claim.number)
        self.changed(claim)

    async def _key(self, claim: Claim) -> str:
        found: str = await self.line.fetchval("SELECT key FROM picks WHERE id = $1", claim.pick)
        return found

    async def _act(self, command: str, subject: str, answers: Mapping[str, str], caller: Caller = OLGA) -> Outcome:
        return await self.house.bot.panel().run_command()(caller, command, subject, dict(answers), new_uuid())


def _draft(claim: Claim, facts: Facts | None = None) -> TipDraft:
    """Return the draft as parsed by the API."""
    body = PickIn.model_validate({"plan": claim.plan, "tip": facts or claim.facts})
    draft = body.draft()
    assert draft is not None
    return draft


def _typed(facts: Facts) -> dict[str, str]:
    """Return the facts of a tip as people type them, and as files contain them."""
    return {name: json.dumps(value) if name == "legs" else value for name, value in facts.items()}


def _csv(rows: Sequence[Mapping[str, str]]) -> str:
    names = dict.fromkeys(name for row in rows for name in row)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(names))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _name(claim: Claim, legs: Sequence[str]) -> str:
    """Return the name of a combined tip's result, given the results of its legs."""
    if len(set(legs)) == 1 and legs[0] in {"won", "void"}:
        return legs[0]
    back = claim.legs_return(legs)
    return "won" if back > 1 else "push" if back == 1 else "half_lost" if back > 0 else "lost"
