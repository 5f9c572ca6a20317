"""`umbral accounts`."""

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

EMPTY: Final = "The pool is empty: bring an account in with `umbral accounts login`."

app = application("The pool of Telegram accounts that own channels.", lists=True)

_LARGEST: Final = 2**31 - 1
"""Maximum of a number column in the pool's table."""
Number = Annotated[int, typer.Argument(metavar="ID", min=1, max=_LARGEST, help="As `umbral accounts list` shows it.")]


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
        stock = await container.pool().stock()
        lines = [
            AccountLine(account, now, holders.get(str(account.id), ""), stock.get(account.id, 0))
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
    phone: Annotated[str | None, typer.Option(metavar="+34…", help="Asked for when left out.")] = None,
    label: Annotated[str | None, typer.Option(metavar="TEXT", help="A name of your own for it.")] = None,
) -> int:
    """Sign in an account, or sign in a dead one again. It can be interrupted and repeated."""
    # Only this command talks to Telegram; the others work without Telethon.
    try:
        from umbral.cli import signing_in
    except ModuleNotFoundError as error:
        if error.name != "telethon":
            raise
        return fail("accounts login", "telethon is not installed: pip install 'umbral-access[userbot]'")
    return signing_in.sign_in(phone, label)


@app.command()
def retire(
    number: Number, yes: Annotated[bool, typer.Option("--yes", help="Even if it is the last active one.")] = False
) -> int:
    """Stop an account from creating channels. Its existing channels are still served."""

    async def work(container: OperatorContainer) -> int:
        account = await container.pool().retire(AccountId(number), even_the_last=yes)
        if account.status is AccountStatus.DEAD:
            print(f"Account {account.id} is dead and makes no channels anyway; its channels wait for a new login.")
        else:
            print(f"Account {account.id} makes no more channels. Its {account.channels_used} channels stay served.")
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
    print(f"{resealed_count} sessions sealed with SESSION_KEY. OLD_SESSION_KEY is not needed any more.")
    return 0


@app.command("label")
def label_account(number: Number, text: Annotated[str, typer.Argument(metavar="TEXT", help="The name.")]) -> int:
    """Name an account."""

    async def work(container: OperatorContainer) -> int:
        await container.pool().rename(AccountId(number), text)
        return 0

    return operate("accounts", work)


@app.command()
def cap(
    number: Number,
    channels: Annotated[int, typer.Argument(metavar="CHANNELS", max=_LARGEST, help="How many it may own.")],
    day: Annotated[int | None, typer.Option(metavar="N", max=_LARGEST, help="New channels a day.")] = None,
) -> int:
    """Set the maximum number of channels of an account, in total and per day."""

    async def work(container: OperatorContainer) -> int:
        await container.pool().limit(AccountId(number), channels, day)
        return 0

    return operate("accounts", work)
