"""The command `umbral import`, which imports customers, chat members and subscriptions from another system."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from features.moving.wiring import MovingContainer
from subscriptions.application.features import CliPart, CommandGroup
from subscriptions.domain.errors import InvalidInput, RetryLater
from umbral.terminal.files import in_file, read_text
from umbral.terminal.filters import require_existing, require_plan
from umbral.terminal.listing import show, show_json
from umbral.terminal.operating import fail, operate
from umbral.terminal.options import Json
from umbral.terminal.progress import progress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime, tzinfo

    from features.moving.use_cases.bring_in import MoveResult
    from features.moving.use_cases.import_people import ImportPeople
    from features.moving.use_cases.import_subscriptions import SubscriptionImport
    from features.moving.use_cases.people_files import ImportRow
    from subscriptions.bootstrap.operator import OperatorContainer

TRIES: Final = 5
HEADS: Final = ("line", "who", "plan", "until", "change", "becomes", "days", "link")
COURSE: Final = ("subscription", "who", "plan", "until", "becomes", "link")
CHANGE: Final = HEADS.index("change")
BECOMES: Final = HEADS.index("becomes")
BLOCK_NOTE: Final = (
    "barred: bloqueado por tu equipo; no recibe nada mientras no lo desbloquees en el panel.\n"
    "barred: your team blocked them; they get nothing until you unblock them in the panel."
)

T = TypeVar("T")
_NONE: Final[list[str]] = []
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would happen to each line.")]


def csv(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As the other system exports it.")],
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML file with the names of its columns.")
    ] = None,
    dry_run: DryRun = False,
    skip_wrong: Annotated[bool, typer.Option("--skip-wrong", help="Import the other lines.")] = False,
    as_json: Json = False,
) -> int:
    """Import the people in a file with the time they paid for elsewhere; without a Telegram id, they get a code."""

    async def work(container: OperatorContainer) -> int:
        from features.moving.use_cases.people_files import Reading, described, read_people
        from subscriptions.application.dto.yaml_file import read_yaml

        people, reading = MovingContainer(core=container.core).import_people(), Reading()
        zone = container.core.policy().zones.home
        if mapping is not None:
            with in_file(mapping):
                reading = Reading.from_record(read_yaml(read_text(mapping)))
        with in_file(file):
            import_rows, faults, left_out = read_people(read_text(file), reading, container.core.clock().now(), zone)
        if left_out:
            print(
                f"umbral import: `only` leaves out {sum(left_out.values())} lines: {described(left_out)}",
                file=sys.stderr,
            )
        wrong = await people.wrong(import_rows)
        refused_lines = {fault.line for fault in wrong}
        faults = sorted([*faults, *wrong], key=lambda fault: fault.line)
        for fault in faults:
            fail("import", f"{file}, line {fault.line}, {fault.field}: {fault.reason}")
        if faults and not (skip_wrong or dry_run):
            return fail(
                "import", f"{len(faults)} lines have errors, so nothing was imported; fix them or use --skip-wrong"
            )
        right = [import_row for import_row in import_rows if import_row.line not in refused_lines]
        await _bring_in(people, right, zone, dry_run=dry_run, as_json=as_json)
        return 1 if faults else 0

    return operate("import", work)


def stripe(
    plan: Annotated[
        list[str],
        typer.Option(metavar="PRICE=PLAN", help="Which of your plans a price or product there corresponds to."),
    ] = _NONE,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Continue subscriptions that another system began in your Stripe account, without charging anyone."""

    async def work(container: OperatorContainer) -> int:
        people, plans = MovingContainer(core=container.core).import_subscriptions(), _pairs(plan)
        for soft_id in plans.values():
            await require_plan(container.core, "--plan", soft_id)
        found = [each async for each in people.list_foreign("stripe")]
        prices = {ref for each in found for ref in (each.snapshot.price_ref, each.product) if ref}
        for name in sorted(plans):
            require_existing("--plan", name, sorted(prices))
        rows = [_course(await _patiently(partial(people, "stripe", each, plans, dry_run=dry_run))) for each in found]
        if as_json:
            show_json([dict(zip(COURSE, row, strict=True)) for row in rows])
        else:
            show([head.upper() for head in COURSE], rows)
            print("Nothing was changed." if dry_run else "People who open their link are connected by it.")
        return 1 if any(row[COURSE.index("becomes")] in {"unmapped", "refused"} for row in rows) else 0

    return operate("import", work)


def members(
    plan: Annotated[str, typer.Option(metavar="PLAN", help="The plan they get; without it, they're only listed.")] = "",
    end_date: Annotated[
        str,
        typer.Option("--until", metavar="DATE", help="Last day of their access, such as 2026-12-31."),
    ] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """List people in the VIP channel who have no plan, or give them one."""

    async def work(container: OperatorContainer) -> int:
        from features.moving.use_cases import people_files

        people = MovingContainer(core=container.core).import_people()
        guests = await people.guests()
        if not plan:
            link = await people.invitation()
            if as_json:
                show_json([{"telegram_id": int(guest), "invite_to": link} for guest in guests])
            else:
                show(("TELEGRAM ID",), [(guest,) for guest in guests])
                print(f"{len(guests)} guests. Invite them to connect: {link or 'once the bot has a name'}")
            return 0
        await require_plan(container.core, "--plan", plan)
        zone = container.core.policy().zones.home
        import_rows = list(people_files.members(guests, plan, _day(end_date, zone)))
        wrong = await people.wrong(import_rows)
        if wrong:
            return fail("import", f"plan: {wrong[0].reason}")
        await _bring_in(people, import_rows, zone, dry_run=dry_run, as_json=as_json)
        return 0

    return operate("import", work)


async def _bring_in(
    people: ImportPeople, import_rows: Sequence[ImportRow], zone: tzinfo, *, dry_run: bool, as_json: bool
) -> None:
    from features.moving.use_cases import bring_in

    rows = []
    with progress("lines") as step:
        for import_row in import_rows:
            rows.append(_row(await _patiently(partial(people, import_row, dry_run=dry_run)), zone))
            step(len(rows), len(import_rows))
    if as_json:
        show_json([dict(zip(HEADS, row, strict=True)) for row in rows])
    else:
        show([head.upper() for head in HEADS], rows)
        if any(row[BECOMES] == "barred" for row in rows):
            print(BLOCK_NOTE)
        changes = [row[CHANGE] for row in rows]
        counts = ", ".join(f"{changes.count(each)} {each}" for each in bring_in.CHANGES)
        print(f"{'Nothing was changed. It would be' if dry_run else 'Lines'}: {counts}.")


async def _patiently(bring_in: Callable[[], Awaitable[T]]) -> T:
    """Run an import step, up to `TRIES` times while it conflicts with other changes to the same customer."""
    for _ in range(TRIES - 1):
        try:
            return await bring_in()
        except RetryLater:
            continue
    return await bring_in()


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    pairs = dict[str, str]()
    for name, _, soft_id in (each.partition("=") for each in texts):
        if not name or not soft_id:
            raise InvalidInput("--plan", "takes PRICE=PLAN, such as price_1Abc=retabet")
        if pairs.setdefault(name, soft_id) != soft_id:
            raise InvalidInput("--plan", f"names {name} for {pairs[name]} and for {soft_id}; leave one")
    return pairs


def _course(subscription: SubscriptionImport) -> tuple[str, ...]:
    state = subscription.foreign.snapshot
    who = str(subscription.person) if subscription.person is not None else subscription.foreign.payer
    end = f"{state.current_period_end:%Y-%m-%d}" if state.current_period_end is not None else "-"
    price = f"{state.price} {state.price_ref} {subscription.foreign.product}"
    return (state.ref, who, subscription.plan or price, end, str(subscription.course), subscription.link or "-")


def _row(result: MoveResult, zone: tzinfo) -> tuple[str, ...]:
    who, fate = result.import_row, result.fate
    name = str(who.telegram_id) if who.telegram_id is not None else who.key
    end, days = f"{who.access_end.astimezone(zone):%Y-%m-%d}", str(result.days) if result.days else "-"
    return (str(who.line), name, who.plan, end, fate.change, str(fate), days, result.link or "-")


def _day(text: str, zone: tzinfo) -> datetime:
    from subscriptions.domain.services.zones import read_end

    try:
        return read_end(text, zone)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("--until", f"{text!r} isn't a date such as 2026-12-31") from error


CLI: Final = CliPart(
    commands={
        "import": CommandGroup(
            "Import people from another system; running it again adds only what is new or ends later.",
            {"csv": csv, "stripe": stripe, "members": members},
        )
    }
)
