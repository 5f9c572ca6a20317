"""The command `umbral accounts`, which manages the Telegram accounts that own channels."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated, Final

import typer

from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import AccountId
from umbral.cli.account_lines import HEADS, AccountLine
from umbral.terminal.listing import show, show_json
from umbral.terminal.operating import fail, operate, refuse
from umbral.terminal.options import Json, application
from umbral.terminal.progress import progress

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

EMPTY: Final = "No accounts yet: add one with `umbral accounts login`."

app = application("Telegram accounts that own channels.", lists=True)

_LARGEST: Final = 2**31 - 1
"""Maximum value of an integer column in the accounts' table."""
Number = Annotated[int, typer.Argument(metavar="ID", min=1, max=_LARGEST, help="Its id, as in `umbral accounts list`.")]


@app.callback()
def accounts(context: typer.Context) -> int:
    """List the accounts if no action is given."""
    return list_accounts() if context.invoked_subcommand is None else 0


@app.command("list")
def list_accounts(as_json: Json = False) -> int:
    """List every account, its state, and the process that works with it."""

    async def work(container: OperatorContainer) -> int:
        from subscriptions.bootstrap.operator import ACCOUNT_LEASE

        now = await container.core.clock().confirm()
        holders = await container.core.leases().holders(ACCOUNT_LEASE)
        precreated = await container.pool().precreated()
        lines = [
            AccountLine(account, now, holders.get(str(account.id), ""), precreated.get(account.id, 0))
            for account in await container.pool().all()
        ]
        if as_json:
            show_json([line.as_json() for line in lines])
        elif lines:
            show(HEADS, [line.row() for line in lines])
        else:
            print(EMPTY)
        return 0

    return operate("accounts", work)


@app.command()
def login(
    phone: Annotated[str | None, typer.Option(metavar="+34…", help="Its phone number; asked for if omitted.")] = None,
    label: Annotated[str | None, typer.Option(metavar="TEXT", help="A name for it.")] = None,
) -> int:
    """Sign in an account, or sign in a dead one again. It can be interrupted and repeated."""
    # Only this subcommand connects to Telegram; the others work without Telethon.
    try:
        from umbral.cli import signing_in
    except ModuleNotFoundError as error:
        if error.name != "telethon":
            raise
        return fail("accounts login", "telethon is not installed: pip install 'umbral-access[userbot]'")
    return signing_in.sign_in(phone, label)


@app.command()
def retire(
    number: Number,
    yes: Annotated[bool, typer.Option("--yes", help="Retire it even if it's the last active account.")] = False,
) -> int:
    """Stop an account from creating channels. Its existing channels are still served."""

    async def work(container: OperatorContainer) -> int:
        account = await container.pool().retire(AccountId(number), even_the_last=yes)
        if account.status is AccountStatus.DEAD:
            print(f"Account {account.id} is signed out and creates no channels anyway. Sign in again to use it.")
        else:
            print(f"Account {account.id} creates no more channels. Its {account.channels_used} channels keep working.")
        return 0

    return operate("accounts", work)


@app.command()
def rekey() -> int:
    """Reseal all sessions with SESSION_KEY in place of OLD_SESSION_KEY."""
    from subscriptions.bootstrap.operator import reseal_sessions

    try:
        with progress("sessions"):
            resealed_count = asyncio.run(reseal_sessions(os.environ))
    except UmbralError as error:
        return refuse("accounts rekey", error)
    sessions = "1 session" if resealed_count == 1 else f"{resealed_count} sessions"
    print(f"{sessions} encrypted with SESSION_KEY. You no longer need OLD_SESSION_KEY.")
    return 0


@app.command("label")
def label_account(number: Number, text: Annotated[str, typer.Argument(metavar="TEXT", help="Its name.")]) -> int:
    """Set the label of an account."""

    async def work(container: OperatorContainer) -> int:
        await container.pool().rename(AccountId(number), text)
        return 0

    return operate("accounts", work)


@app.command()
def cap(
    number: Number,
    channels: Annotated[int, typer.Argument(metavar="CHANNELS", max=_LARGEST, help="Maximum number of channels.")],
    day: Annotated[
        int | None, typer.Option(metavar="N", max=_LARGEST, help="Maximum number of new channels per day.")
    ] = None,
) -> int:
    """Set the maximum number of channels of an account, in total and per day."""

    async def work(container: OperatorContainer) -> int:
        await container.pool().limit(AccountId(number), channels, day)
        return 0

    return operate("accounts", work)
