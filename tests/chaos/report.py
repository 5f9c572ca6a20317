"""Content of docs/reliability.md: the injected faults and their results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from tests.chaos.session import Outcome
from tests.chaos.silences import ABOUT, HEADING, SILENCES
from tests.chaos.steps import Point, Recording, Step, Strike

HEAD = """# Reliability: what was broken, and what came of it

Written by `make chaos`; do not edit. Each flow is played once undisturbed, and every step that is seen is a step to be
struck: every call to Telegram and to the payment provider, every commit, and every statement that commits by itself.
Then the flow is played again and again by new customers, each time with up to eight of these faults, chosen by
the seed:

- **SIGKILL before, after**: the process that takes the step is killed at that instant, the step not taken or taken but
  its answer never seen, and started again. In one of five the next process has to wait until the dead one's leases and
  heartbeats are over; in the others that time is skipped.
- **an error of the outside**: flood wait, error 500, error 403, garbage for an answer; the connection cut before the
  call was done or after; done and answered with an error; done and not answered until the product gives up.
- **an account of the operator's**: it has too many channels, is restricted, is signed out. The operator signs it in
  again when the alarm has come.
- **the database**: the connection cut before the commit or after it, all connections cut, PostgreSQL restarted.
- **throughout**: webhooks doubled, shuffled, late, lost at first or until all is over, forged, cut short; the bot's
  updates doubled, late and shuffled, lost on the way and asked for again, some of them lost for good.

A play passes when the customer gets through and every promise holds: one payment, one ledger entry, one subscription,
one channel; inside are the owner's account, the bots and the payer, and nobody else; no link is alive but an owner's
primary one (a bot cannot list its links: one into the VIP channel whose maker died before it was on record lets nobody
in without the bot, and ends at its hour); each message and the pick once, or twice and counted in `/metrics`; no job is
held without an alarm; access ends where the ledger says. Of a step of mere routine (leases, the queue's own columns, an
account connecting once more) one fault is played, chosen by the seed; of any other step all of them. Of a step that
comes more than eight times in a play, as when thirty days are asked for one by one, eight are struck, spread over all.
A flow fails when one of these was never struck. «Pressed again» counts plays in which the customer, nothing being under
way any more, had to do something a second time.
"""

INTERRUPTED = "This run was interrupted. «NEVER HIT» is what it did not come to."

HEADS = ("process", "step", "times in a play", "faults", "pressed again", "promises")


@dataclass
class FlowResult:
    """Results of one flow. complete: True if all faults were injected, without interruption."""

    flow: str
    recording: Recording
    strikes: Sequence[Strike]
    outcomes: list[Outcome]
    complete: bool = False

    def hits(self) -> Mapping[Step, dict[str, list[Outcome]]]:
        """Return the runs in which each fault was injected, by step and fault."""
        found: dict[Step, dict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
        for outcome in self.outcomes:
            for strike in outcome.hits:
                found[strike.step][strike.fault].append(outcome)
        return found

    def never_hit(self) -> list[Step]:
        """Return the steps at which a fault was planned and none was injected."""
        hits = self.hits()
        return sorted({strike.step for strike in self.strikes} - set(hits))

    def missed(self) -> list[Strike]:
        """Return the planned faults that were not injected."""
        hits = self.hits()
        return [strike for strike in self.strikes if strike.fault not in hits.get(strike.step, {})]

    def broken(self) -> list[Outcome]:
        """Return the runs that violated a guarantee. Runs with a single fault are first."""
        last = {outcome.strikes: outcome for outcome in self.outcomes}
        return sorted((o for o in last.values() if o.broken), key=lambda outcome: len(outcome.strikes))

    def unsteady(self) -> list[Outcome]:
        """Return the runs that violated a guarantee but passed when repeated."""
        last = {outcome.strikes: outcome for outcome in self.outcomes}
        return [o for o in self.outcomes if o.broken and not last[o.strikes].broken]

    def complaints(self) -> list[str]:
        """Return the violations as text."""
        return [_complaint(outcome) for outcome in self.broken()]

    def passed(self) -> bool:
        """Return True if every guarantee was fulfilled and, if the campaign is complete, a fault was injected at every
        step.
        """
        return not self.broken() and not (self.complete and self.never_hit())


def _complaint(outcome: Outcome) -> str:
    return f"{'; '.join(map(str, outcome.strikes))}: {'; '.join(outcome.broken)}"


def rows(result: FlowResult) -> list[tuple[str, str, str, str, str, str]]:
    """Return one row for each point: process, step, number of steps, injected and planned faults, number of repeated
    customer actions, outcome.
    """
    hits, broken, found = result.hits(), result.broken(), []
    for point, strikes in _by_point(result.strikes):
        steps = {strike.step for strike in strikes}
        done = [strike for strike in strikes if strike.fault in hits.get(strike.step, {})]
        plays = [play for strike in done for play in hits[strike.step][strike.fault]]
        bad = sum(play in broken for play in plays)
        nudges = sum(play.nudges > 0 for play in plays)
        outcome = f"{bad} BROKEN" if bad else "held" if done else "NEVER HIT"
        what = f"{point.target} {point.what}" if point.kind in {"call", "weather"} else f"{point.kind}: {point.what}"
        found.append((point.process, what, str(len(steps)), f"{len(done)} of {len(strikes)}", str(nudges), outcome))
    return found


def _by_point(strikes: Iterable[Strike]) -> list[tuple[Point, list[Strike]]]:
    ordered = sorted(set(strikes))
    return [(point, list(group)) for point, group in groupby(ordered, key=lambda strike: strike.step.point)]


def summary(result: FlowResult) -> str:
    """Return a one-line summary of a flow's results: the numbers of steps, of planned and injected faults, and of runs,
    in total and with a violation.
    """
    hits = {strike for outcome in result.outcomes for strike in outcome.hits}
    return (
        f"{len({strike.step for strike in result.strikes})} steps, {len(result.strikes)} faults planned, "
        f"{len(hits)} carried out in {len(result.outcomes)} plays, {len(result.broken())} plays broken."
    )


def faults_table(result: FlowResult) -> list[tuple[str, str, str]]:
    """Return one row for each fault: its name, how often it was injected, and the outcome."""
    plays: dict[str, list[Outcome]] = defaultdict(list)
    broken = result.broken()
    for outcome in result.outcomes:
        for strike in outcome.hits:
            plays[strike.fault].append(outcome)
    return [
        (fault, str(len(found)), f"{bad} BROKEN" if (bad := sum(o in broken for o in found)) else "held")
        for fault, found in sorted(plays.items())
    ]


def page(results: Sequence[FlowResult], seed: int, before: str = "") -> str:
    """Return the content of docs/reliability.md. before: the current page; sections of other flows are kept.

    A complete run replaces the flow's section. An incomplete run replaces only a section of another incomplete run.
    """
    sections = dict(_sections(before))
    for result in results:
        if result.complete or INTERRUPTED in sections.get(result.flow, INTERRUPTED):
            sections[result.flow] = _section(result, seed)
    sections.pop(HEADING, None)
    return "\n\n".join([HEAD.strip(), _silences(), *(text for _, text in sorted(sections.items()))]) + "\n"


def _silences() -> str:
    lines = [(one.what, one.found, f"`{one.test}`") for one in SILENCES]
    return "\n\n".join([f"## {HEADING}", ABOUT, _table(("silence", "who finds it, and what follows", "test"), lines)])


def _sections(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split("\n## ")[1:]:
        yield part.split("\n", 1)[0], f"## {part.strip()}"


def _section(result: FlowResult, seed: int) -> str:
    parts = [f"## {result.flow}", f"{summary(result)} Seed {seed}."]
    if not result.complete:
        parts.append(INTERRUPTED)
    parts.append(_table(("fault", "times", "promises"), faults_table(result)))
    parts.append(_table(HEADS, rows(result)))
    if result.broken():
        parts.append("\n".join(f"- BROKEN: {words}" for words in result.complaints()))
    if unsteady := result.unsteady():
        parts.append("\n".join(f"- Broke once, and held when played again: {_complaint(one)}" for one in unsteady))
    return "\n\n".join(parts)


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    reported = [heads, ["-" * len(head) for head in heads], *lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in reported)
