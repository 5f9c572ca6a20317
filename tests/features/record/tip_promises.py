"""Guarantees about tips: no tip is late, each missed copy raises an alarm, no tip is public before its start, and every
figure is exact.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory
from typing import Any, Final

from features.record.wiring import record_of
from tests.fakes.clock import ManualClock
from tests.features.record.claim import Claim
from tests.features.record.recount import differences, recount, recount_by_group
from tests.features.record.tipster import LEAD, MAIN, OTHER, RULES, Tipster
from tests.year.agenda import Agenda
from tests.year.house import House
from tests.year.journal import Journal
from tests.year.line import Line
from tests.year.newsstand import DELETABLE, Arrival, Copy, Newsstand
from tests.year.promises import Broken
from tests.year.shared_chats import SHARED_CHATS, VIP_CHAT
from tests.year.weather import Weather

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LOOKS_AFTER: Final = MINUTE + timedelta(seconds=1)
"""Delay of the alarm about a missed copy, counted from the deadline."""
LOOKS_AHEAD_AFTER: Final = timedelta(seconds=1)
"""Delay of the check for copies that may be late. The check is due when half of the time to the deadline has passed;
the check for another tip may run earlier.
"""
JUDGED_AFTER: Final = 2 * MINUTE
ALARM_WITHIN: Final = 3 * MINUTE
REMINDED_AFTER: Final = timedelta(seconds=10)
"""Interval of the checks for reminders."""
READ_AFTER: Final = 2 * HOUR
RESULT: Final = "🏁"
SHOWN: Final = {MAIN: {VIP_CHAT}, OTHER: {SHARED_CHATS[1].chat}}
"""Shared chats that show each plan's tips, in addition to the customers' own channels."""
SCRIPT: Final = Path(__file__).parents[3] / "src/web/static/verify_record.py"
_COPIES: Final = """
SELECT p.id AS pick, d.chat_id AS chat FROM pick_deliveries AS d JOIN picks AS p ON p.id = d.pick_id
WHERE p.id = ANY($1) ORDER BY d.created_at, d.id
"""
_TIP_ALARMS: Final = """
SELECT key, facts, raised_at FROM alarms WHERE kind = $2 AND key LIKE ANY($1) ORDER BY raised_at
"""
_LEFT: Final = "SELECT count(*) FROM alarms WHERE kind = 'post_left' AND facts ->> 'text' LIKE $1"
_SECRET: Final = re.compile(r"Opción (\d+)")


@dataclass
class TipPromises:
    """Checks that compare deliveries, alarms and the site with the author's own list of tips."""

    house: House
    line: Line
    stand: Newsstand
    agenda: Agenda
    clock: ManualClock
    journal: Journal
    weather: Weather
    tipster: Tipster
    _came: dict[int, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    _waiting: list[Claim] = field(default_factory=list)
    _at_risk: list[tuple[Claim, datetime]] = field(default_factory=list)
    _unread: dict[int, datetime] = field(default_factory=dict)
    _public: int = 0
    _seen: int = 0
    _reminders: int = 0

    _unreminded: list[Claim] = field(default_factory=list)
    _reminded: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.record = record_of(self.house.core)

    async def begin(self) -> None:
        """Start the author, and run each check of the product as often as in production while there is work for it."""
        self.tipster.published = self._published
        self.tipster.changed = self._changed
        await self.tipster.begin()
        self.agenda.after(45 * MINUTE, self._keep_public_posts)

    async def hold(self) -> None:
        """Check the guarantees. Raises Broken if one is violated."""
        self._none_is_late()
        self._no_reminder_is_late()
        self._nothing_is_public_early()
        self._who_has_a_tip_is_reminded()
        now = self.clock.now()
        over = [claim for claim in self._waiting if claim.deadline + JUDGED_AFTER <= now]
        self._waiting = [claim for claim in self._waiting if claim.deadline + JUDGED_AFTER > now]
        if over:
            await self._misses_have_alarms(over)
        await self._risks_have_alarms()
        await self._readers_see_it()

    async def recount(self) -> None:
        """Raise Broken if a figure on the site differs from the author's calculation."""
        for plan in RULES:
            await self._figures_are_right(plan)

    async def close(self) -> None:
        """End the last day and verify the chain, with the product and with the public script."""
        await self.hold()
        await self.recount()
        for verification in await self.record.verify_record()():
            entries = sum(claim.entries for claim in self._claims(verification.plan))
            if verification.faults or verification.entries != entries:
                raise Broken("the record verifies, with all that happened", [verification, entries], None)
            self.journal.log("record verified", verification.plan, entries)
            if verification.plan == MAIN and not verification.digests:
                raise Broken("digests stand in the public channel", [verification], None)
            await self._the_script_agrees(verification.plan)

    def _claims(self, plan: str) -> list[Claim]:
        return [claim for claim in self.tipster.claims.values() if claim.plan == plan]

    def _published(self, claim: Claim) -> None:
        now = self.clock.now()
        self.agenda.at(now + (claim.deadline - now) / 2 + LOOKS_AHEAD_AFTER, partial(self._look_ahead, claim))
        self.agenda.at(claim.deadline + LOOKS_AFTER, self._look)
        self._waiting.append(claim)
        if claim.plan == MAIN and claim.starts_at - LEAD > now:
            self.agenda.at(claim.starts_at - LEAD + LOOKS_AHEAD_AFTER, self._remind)
            self._unreminded.append(claim)

    def _changed(self, claim: Claim) -> None:
        self._unread[claim.number] = self.clock.now()
        self.agenda.after(REMINDED_AFTER, self._remind)

    async def _remind(self) -> None:
        await self.record.remind_of_tips()()

    async def _look(self) -> None:
        await self.record.watch_deadlines()()

    async def _look_ahead(self, claim: Claim) -> None:
        """Run the check halfway to the deadline. Copies that are not posted must raise the alarm."""
        if claim.withdrawn_at is not None or await self._missing(claim) == set():
            return
        await self._look()
        # A tip with a moved deadline has another half time.
        if len(claim.deadlines) == 1:
            self._at_risk.append((claim, self.clock.now()))

    async def _keep_public_posts(self) -> None:
        await self.record.keep_public_posts()()
        self.agenda.after(HOUR, self._keep_public_posts)

    def _none_is_late(self) -> None:
        for arrival in self.stand.arrivals[self._seen :]:
            claim = self.tipster.claims[arrival.tip]
            self._came[arrival.tip].append(arrival)
            if arrival.at >= claim.deadline_at(arrival.at):
                raise Broken("no copy of a tip comes at its deadline or later", [claim, arrival], None)
            if claim.withdrawn_at is not None and arrival.at > claim.withdrawn_at:
                raise Broken("what was withdrawn is posted no more", [claim, arrival], None)
        self._seen = len(self.stand.arrivals)

    def _no_reminder_is_late(self) -> None:
        for reminder in self.stand.reminders[self._reminders :]:
            claim, reminder_key = self.tipster.claims[reminder.tip], (reminder.tip, reminder.chat)
            self._reminded[reminder_key] += 1
            if reminder.at >= claim.start_at(reminder.at):
                raise Broken("no reminder comes at the start or later", [claim, reminder], None)
            if self._reminded[reminder_key] > 1 and reminder_key not in self.stand.repeated:
                raise Broken("a tip is reminded of once", [claim, reminder], None)
            if claim.withdrawn_at is not None and reminder.at > claim.withdrawn_at:
                raise Broken("what was withdrawn is not reminded of", [claim, reminder], None)
            if reminder.answers != reminder.tip:
                raise Broken("a reminder answers its tip", [claim, reminder], None)
        self._reminders = len(self.stand.reminders)

    def _who_has_a_tip_is_reminded(self) -> None:
        """Check that the members were reminded of a tip if nothing prevented the reminder and the tip did not change
        after the reminder was due.
        """
        over = [claim for claim in self._unreminded if claim.starts_at + JUDGED_AFTER <= self.clock.now()]
        self._unreminded = [claim for claim in self._unreminded if claim not in over]
        for claim in over:
            due = claim.starts_at - LEAD
            had = {each.chat for each in self._came[claim.number] if each.at < due} & SHOWN[claim.plan]
            stood = claim.withdrawn_at is None and len(claim.starts) == 1 and claim.number not in self.stand.mute
            reminded = {chat for tip, chat in self._reminded if tip == claim.number}
            if stood and self.weather.calm(due, LEAD) and had - reminded:
                raise Broken("who has a tip is reminded of it", [claim, had, reminded], None)
            self.journal.log("tip reminded" if reminded else "tip not reminded", claim.number)

    def _nothing_is_public_early(self) -> None:
        for at, text in self.stand.public[self._public :]:
            for number in map(int, _SECRET.findall(text)):
                if at < self.tipster.claims[number].starts_at:
                    raise Broken("no tip is public before its start", [at, text], None)
        self._public = len(self.stand.public)

    async def _missing(self, claim: Claim) -> set[int]:
        """Return the chats that should have received the tip by now and did not."""
        rows = await self.line.fetch(_COPIES, [claim.pick])
        self._none_is_late()
        expected = SHOWN[claim.plan] | {row["chat"] for row in rows}
        return expected - {each.chat for each in self._came[claim.number]}

    async def _alarms_of(self, kind: str, claims: Sequence[Claim]) -> dict[str, tuple[int, datetime]]:
        """Return, for each post with an alarm of this kind, the number of missing copies and the time of the alarm."""
        rows = await self.line.fetch(_TIP_ALARMS, [f"{kind}:{claim.pick}%" for claim in claims], kind)
        return {row["key"].split(":")[1]: (int(json.loads(row["facts"])["unsent"]), row["raised_at"]) for row in rows}

    async def _readers_see_it(self) -> None:
        """Check that each copy in a channel shows the current text and the result, and that withdrawn copies are
        deleted or have an alarm. A copy is not checked if Telegram's response to its send was lost, because the
        product does not know the copy.
        """
        now = self.clock.now()
        read = [number for number, at in self._unread.items() if now - at > READ_AFTER and self.weather.calm(at)]
        for number in read:
            claim, at = self.tipster.claims[number], self._unread.pop(number)
            for copy in self.stand.of_tip(number):
                if (
                    copy.channel.chat_id not in SHOWN[claim.plan]
                    or (number, copy.channel.chat_id) in self.stand.doubled
                ):
                    continue
                if claim.withdrawn_at is not None:
                    await self._has_deletion_alarm(claim, copy)
                elif (RESULT in (copy.text or "")) != (claim.end is not None):
                    raise Broken("what stands in a channel says how it ended", [claim, at, copy], None)
        self.journal.log("copies read", len(read)) if read else None

    async def _has_deletion_alarm(self, claim: Claim, copy: Copy) -> None:
        reported = await self.line.fetchval(_LEFT, f"%Partido {claim.number} %")
        old = claim.withdrawn_at is not None and claim.withdrawn_at - copy.posted_at > DELETABLE - HOUR
        if not (reported and old):
            raise Broken("what was withdrawn is gone, or told", [claim, copy, reported], None)

    async def _risks_have_alarms(self) -> None:
        notified = await self._alarms_of("tip_at_risk", [claim for claim, _ in self._at_risk])
        for claim, looked_at in self._at_risk:
            _, at = notified.get(str(claim.pick), (0, None))
            if at is None or not timedelta() <= looked_at - at <= LOOKS_AHEAD_AFTER:
                raise Broken("copies that may come too late are told in time", [claim, looked_at, at], None)
            self.journal.log("tip at risk", claim.number)
        self._at_risk.clear()

    async def _misses_have_alarms(self, claims: Sequence[Claim]) -> None:
        """Check that the alarm of each missed tip gives the correct number of copies, and that delivered copies are not
        named.
        """
        notified = await self._alarms_of("tip_missed", claims)
        for claim in claims:
            if claim.withdrawn_at is not None and claim.withdrawn_at <= claim.deadline:
                continue
            missing = await self._missing(claim)
            unknown = {chat for tip, chat in self.stand.doubled if tip == claim.number} - missing
            unsent, at = notified.get(str(claim.pick), (0, claim.deadline))
            if not len(missing) <= unsent <= len(missing) + len(unknown):
                raise Broken("every miss is told, and nothing else", [claim, missing, unknown, unsent, at], None)
            if missing and not timedelta() <= at - claim.deadline <= ALARM_WITHIN:
                raise Broken("a miss is told at once", [claim, at], None)
            calm = self.weather.calm(claim.published_at, 2 * HOUR)
            if missing & SHOWN[claim.plan] and calm and claim.number not in self.stand.silent:
                raise Broken("a tip comes in time, where Telegram lets it", [claim, missing], None)
            self.journal.log("tip missed" if missing else "tip in time", claim.number, len(missing))

    async def _figures_are_right(self, plan: str) -> None:
        view = await self.record.read_record()(plan)
        claims, now = self._claims(plan), self.clock.now()
        if view is None:
            if claims:
                raise Broken("a plan with tips has a record", [plan], None)
            return
        ended = [each for claim in claims if (each := claim.ended()) is not None]
        rows = differences(view.figures, recount(ended), plan) if ended else []
        counted = recount_by_group(ended)
        if {name: set(by) for name, by in view.breakdowns.items()} != {
            name: set(counted.get(name, {})) for name in view.breakdowns
        }:
            rows.append(f"{plan}: other groups {view.breakdowns.keys()} {counted.keys()}")
        for name, by in counted.items():
            for value, figures in by.items():
                rows += differences(view.breakdowns[name][value], figures, f"{plan} {name} {value}")
        waiting = sum(claim.starts_at <= now and claim.ended() is None for claim in claims)
        if view.unsettled_count != waiting:
            rows.append(f"{plan} unsettled: {view.unsettled_count}, not {waiting}")
        rows += [f"{plan}: public before its start: {tip}" for tip in view.tips if tip.facts.starts_at > now]
        if rows:
            raise Broken("every figure is what was published and what came of it", rows, None)
        self.journal.log("record recounted", plan, len(ended), recount(ended)["profit"] if ended else 0)

    async def _the_script_agrees(self, plan: str) -> None:
        lines: Any = await self.record.read_record().lines(plan)
        with TemporaryDirectory() as folder:
            file = Path(folder) / "record.jsonl"
            file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
            checked = await asyncio.to_thread(run, [sys.executable, "-I", SCRIPT, file], capture_output=True, text=True)
        if checked.returncode:
            raise Broken("the script that everybody has verifies the record", [plan, checked.stdout[-500:]], None)
