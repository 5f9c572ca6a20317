"""The command `umbral gateway`, which lists payment methods and creates a package template for a new one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from subscriptions.domain.services.method_policy import in_order, offered_methods
from umbral.cli.new_package.writing import NameRefused, write_gateway
from umbral.terminal.listing import show, show_json
from umbral.terminal.loading import load
from umbral.terminal.operating import operate
from umbral.terminal.options import Json, application

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer
    from subscriptions.domain.entities.payment_method import PaymentMethod
    from subscriptions.domain.ports.payment_gateway import GatewayRegistry

app = application("The payment methods.", lists=True)


@app.callback()
def gateway(context: typer.Context) -> int:
    """List the payment methods if no action is given."""
    return list_methods() if context.invoked_subcommand is None else 0


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The provider's code: a-z, 0-9 and _.")],
    parent: Annotated[Path, typer.Option("--in", metavar="DIR", help="Folder; the current one by default.")] = Path(),
) -> int:
    """Create a package template for another payment provider."""
    try:
        folder = write_gateway(name, parent)
    except NameRefused as refusal:
        print(f"umbral gateway: {refusal}", file=sys.stderr)
        return 2
    print(f"{folder} is written. Next steps:")
    print(f'  pip install -e "{folder}[test]" && pytest {folder}')
    return 0


@app.command("list")
def list_methods(as_json: Json = False) -> int:
    """List the installed payment methods, and whether each is on."""

    def print_methods(rows: Sequence[tuple[str, str, list[str]]]) -> int:
        if as_json:
            show_json([{"method": name, "state": state, "settings_to_mend": lacks} for name, state, lacks in rows])
        else:
            show(("METHOD", "STATE", "INVALID SETTINGS"), [(*row, ", ".join(lacks)) for *row, lacks in rows])
        return 0

    async def work(container: OperatorContainer) -> int:
        async with container.units()() as uow:
            wishes = await uow.payment_methods.all()
        return print_methods(_methods(container.core.gateways(), wishes))

    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return operate("gateway", work)
    # Developers of a gateway may have no shop. The installed providers can be listed without one.
    return print_methods(_methods(load("subscriptions.bootstrap.new_settings").installed_providers(os.environ), []))


def _methods(gateways: GatewayRegistry, wishes: Sequence[PaymentMethod]) -> list[tuple[str, str, list[str]]]:
    """Return the code, state and invalid settings of each payment method: first the working methods in display order,
    then the other methods.
    """
    active, problems = in_order(gateways.enabled_names(), wishes), gateways.problems()
    codes = set(offered_methods(gateways.enabled_names(), wishes))
    others = [name for name in dict.fromkeys([*gateways.descriptors(), *problems]) if name not in active]
    return [
        *((name, "on" if name in codes else "off in the panel", []) for name in active),
        *((name, "left out" if name in problems else "not configured", _lacks(problems, name)) for name in others),
    ]


def _lacks(problems: Mapping[str, Sequence[tuple[str, str]]], name: str) -> list[str]:
    return list(dict.fromkeys(setting for setting, _ in problems.get(name, ())))
