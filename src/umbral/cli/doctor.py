"""The command `umbral doctor`, which reports problems in the settings and at the services that they name."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from subscriptions.domain.errors import UmbralError
from umbral.terminal.listing import show_json
from umbral.terminal.loading import load
from umbral.terminal.operating import moment, refuse
from umbral.terminal.options import EPILOG, Json, application

if TYPE_CHECKING:
    from subscriptions.bootstrap.checks.diagnosis import DatedProblem
    from subscriptions.bootstrap.doctor_live import LiveReport
    from subscriptions.bootstrap.words import Words

app = application()


@app.command(epilog=EPILOG)
def run(
    live: Annotated[
        bool, typer.Option("--live", help="Also check how providers, Telegram and customers reach the shop.")
    ] = False,
    replicas: Annotated[
        str | None,
        typer.Option(help="Number of processes of each kind, to add up their connections: web=2,worker=4."),
    ] = None,
    after_theft: Annotated[
        bool,
        typer.Option("--after-theft", help="List what to look through after somebody had a password of the database."),
    ] = False,
    as_json: Json = False,
) -> int:
    """Report problems in the settings and at the services they name. The exit status is 1 if there are any.

    Starts and changes nothing, except that the database records since when a problem has existed.
    """
    load("subscriptions.bootstrap.checks.diagnosis")
    if after_theft:
        return _after_theft(as_json=as_json)
    from subscriptions.bootstrap import doctor
    from subscriptions.bootstrap.checks.diagnosis import diagnose
    from subscriptions.bootstrap.connection_budget import read_replicas

    try:
        counts = None if replicas is None else read_replicas(replicas)
    except UmbralError as error:
        return refuse("doctor", error)
    settings = doctor.report(os.environ)
    unreadable = asyncio.run(doctor.report_of_unreadable(os.environ))
    dated_problems = asyncio.run(diagnose(os.environ, live=live))
    remarks = [
        *doctor.report_of_names(os.environ),
        *doctor.report_of_addresses(os.environ),
        *doctor.report_of_features(),
    ]
    remarks += asyncio.run(doctor.report_of_sources(os.environ))
    remarks += _remarks(counts)
    checks = _checks(live=live)
    live_report = _ask() if live and not settings else None
    problems = [*unreadable, *settings, *map(_line, dated_problems)]
    if as_json:
        live_checks = {"live": [asdict(each) for each in live_report.checks]} if live_report else {}
        whole = {"problems": problems, "findings": _report_of(dated_problems), "remarks": remarks, "checked": checks}
        show_json(whole | live_checks)
    else:
        lines = [*problems, *([] if problems else [_words()("doctor.well")]), *remarks]
        lines.append(_words()("doctor.checked", what="; ".join(checks)))
        for line in (*lines, *(live_report.lines if live_report else [])):
            print(line)
    return 1 if problems or (live_report is not None and live_report.wrong) else 0


def _after_theft(*, as_json: bool) -> int:
    """Show the rows that no use case wrote, then everything in force by which somebody has rights or reaches customers.
    Return 1 if there are rows that no use case wrote.
    """
    from subscriptions.bootstrap.checks.theft import report_of_theft

    try:
        found = asyncio.run(report_of_theft(os.environ))
    except UmbralError as error:
        return refuse("doctor", error)
    if as_json:
        show_json(asdict(found))
    else:
        for what, records in (("added or changed", found.added), ("deleted", found.deleted)):
            for each in records:
                rows = f"{each.rows} rows" if each.rows > 1 else "1 row"
                which = f": {each.labels}" if each.labels else ""
                start = f"{each.login} {what} {rows} of {each.table} since {each.since} UTC"
                print(f"{start}, without an audit entry{which}")
        if not found.added and not found.deleted:
            print("Every recorded row of the last four weeks has its entry in the audit log.")
        print("Look through these, and remove what isn't yours:")
        for table, descriptions in found.current.items():
            print(f"{table}: {len(descriptions)}")
            for description in descriptions:
                print(f"  {description}")
    return 1 if found.added or found.deleted else 0


def _checks(*, live: bool) -> list[str]:
    from subscriptions.bootstrap.checks.diagnosis import questions

    words = _words()
    return [words(f"asked.{kind}", which=which) for kind, which in questions(os.environ, live=live)]


def _remarks(counts: Mapping[str, int] | None) -> list[str]:
    """Return the remarks for which the settings suffice: a wrong setting of another process hides none of them."""
    from subscriptions.bootstrap import doctor
    from subscriptions.bootstrap.checks.discussions import report_of_discussions
    from subscriptions.bootstrap.checks.image import report_of_image
    from subscriptions.bootstrap.checks.members import report_of_members

    reports: Sequence[Callable[[], Sequence[str]]] = (
        lambda: report_of_image(os.environ, datetime.now(UTC)),
        lambda: doctor.report_of_terms(os.environ),
        lambda: asyncio.run(doctor.report_of_database(os.environ, counts)),
        lambda: asyncio.run(report_of_members(os.environ)),
        lambda: asyncio.run(report_of_discussions(os.environ)),
    )
    remarks = list[str]()
    for report in reports:
        with suppress(UmbralError):
            remarks += report()
    return remarks


def _line(dated_problem: DatedProblem) -> str:
    problem, words = dated_problem.problem, _words()
    start = (
        f" {words('doctor.since', since=moment(dated_problem.first_seen))}"
        if dated_problem.first_seen is not None
        else ""
    )
    setting_text = f"{problem.setting} ({problem.subject})" if problem.setting else problem.subject
    return f"{setting_text}: {words.describe(problem)}{start}"


def _report_of(dated_problems: Sequence[DatedProblem]) -> list[dict[str, object]]:
    words = _words()
    return [
        {
            "about": each.problem.subject,
            "problem": each.problem.code,
            "setting": each.problem.setting or None,
            "says": words.describe(each.problem),
            "since": each.first_seen,
        }
        for each in dated_problems
    ]


def _words() -> Words:
    """Return the English texts, because the settings' descriptions are in English."""
    from subscriptions.bootstrap.words import Words

    return Words("en")


def _ask() -> LiveReport:
    from subscriptions.bootstrap.doctor_live import report_live

    return asyncio.run(report_live(os.environ))
