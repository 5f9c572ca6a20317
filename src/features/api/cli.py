"""The command `umbral keys`, which manages API keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final
from uuid import uuid4

import typer

from features.api.commands import ABILITIES, NAME, ConfirmKey, MadeKey, MakeKey, RevokeKey
from features.api.ports import API_KEYS_KEY
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.features import CliPart, CommandGroup
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import FeatureOff, NothingToDo, StaffCommand
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.api_key import Ability
from umbral.terminal.listing import show, show_json
from umbral.terminal.operating import fail, moment, operate
from umbral.terminal.options import Json
from umbral.terminal.outcomes import wrong_in

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name, e.g. core-2026-11.")]
_OUTCOMES: Final = {ConfirmKey: "works again.", RevokeKey: "no longer works."}


def add(
    name: Name,
    abilities: Annotated[
        str, typer.Option(metavar="A,B", help=f"Its permissions, separated by commas: {', '.join(Ability)}.")
    ] = Ability.PICKS,
) -> int:
    """Create an API key and show it once; only its hash is stored."""
    try:
        able = ABILITIES.parse(Answer(abilities), {})
    except Wrong as wrong:
        raise typer.BadParameter(wrong_in(wrong), param_hint="--abilities") from wrong
    return _carry_out(MakeKey, "", {NAME.name: name, ABILITIES.name: able})


def list_keys(as_json: Json = False) -> int:
    """List the keys with their abilities, their last use, and whether they are enabled."""

    async def work(container: OperatorContainer) -> int:
        async with container.units()() as uow:
            keys = await uow.of(API_KEYS_KEY).all()
        rows = [
            (
                key.name,
                ", ".join(sorted(key.abilities)),
                moment(key.created_at),
                moment(key.last_used_at),
                "yes" if key.held_at is None else "held",
            )
            for key in keys
        ]
        heads = ("name", "may", "made", "used", "opens")
        if as_json:
            show_json([dict(zip(heads, row, strict=True)) for row in rows])
        else:
            show(heads, rows)
        return 0

    return operate("keys", work)


def confirm(name: Name) -> int:
    """Re-enable a key after a restore, if it was not revoked in the meantime."""
    return _carry_out(ConfirmKey, name, {})


def revoke(name: Name) -> int:
    """Revoke a key, which stops working within seconds."""
    return _carry_out(RevokeKey, name, {})


def _carry_out(command: type[StaffCommand], name: str, answers: Mapping[str, str]) -> int:
    async def work(container: OperatorContainer) -> int:
        try:
            outcome = await container.run_command()(SHELL, command.name, name, answers, uuid4())
        except InputsRefused as wrong:
            return fail("keys", "\n".join(wrong_in(each) for each in wrong.errors.values()))
        except FeatureOff as off:
            return fail("keys", str(off))
        except NothingToDo:
            return fail("keys", f"there is no key called {name}")
        print(outcome.result.secret if isinstance(outcome.result, MadeKey) else f"{name} {_OUTCOMES[command]}")
        return 0

    return operate("keys", work)


CLI: Final = CliPart(
    commands={
        "keys": CommandGroup(
            "API keys for your own programs, in addition to PICKS_API_KEY.",
            {"add": add, "list": list_keys, "confirm": confirm, "revoke": revoke},
        )
    },
    while_draining=frozenset({"keys"}),
)
