"""`umbral gateway`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from subscriptions.bootstrap.operator import OperatorContainer
from subscriptions.domain.services.method_policy import in_order, offered
from umbral.cli.new_gateway.writing import NameRefused, write_gateway
from umbral.cli.operating import operate, table
from umbral.cli.options import LIST, parser

NEW: Final = "new"


def run(argv: Sequence[str]) -> int:
    """List the payment methods, or write the package of a new one."""
    options = parser("gateway", "The payment methods.")
    actions = options.add_subparsers(dest="action", required=True)
    actions.add_parser(LIST, help="those installed, and which are on")
    new = actions.add_parser(NEW, help="write a package that brings another provider, to be filled in")
    new.add_argument("name", metavar="NAME", help="the provider's code: a-z, 0-9 and _")
    new.add_argument("--in", dest="parent", type=Path, default=Path(), metavar="DIR", help="where (default: here)")
    chosen = options.parse_args(argv or [LIST])
    return _new(chosen.name, chosen.parent) if chosen.action == NEW else operate("gateway", _list)


def _new(name: str, parent: Path) -> int:
    try:
        folder = write_gateway(name, parent)
    except NameRefused as refusal:
        print(f"umbral gateway: {refusal}", file=sys.stderr)
        return 2
    print(f"{folder} is written. What is still to be done:")
    print(f'  pip install -e "{folder}[test]" && pytest {folder}')
    return 0


async def _list(container: OperatorContainer) -> int:
    gateways = container.core.gateways()
    async with container.core.units()() as uow:
        wishes = await uow.payment_methods.all()
    working, problems = in_order(gateways.enabled(), wishes), gateways.problems()
    on = set(offered(gateways.enabled(), wishes))
    others = [name for name in dict.fromkeys([*gateways.descriptors(), *problems]) if name not in working]
    rows = [(name, "on" if name in on else "off in the panel", "") for name in working]
    rows += [(name, "left out" if name in problems else "not configured", _lacks(problems, name)) for name in others]
    print(table(("METHOD", "STATE", "SETTINGS TO MEND"), rows))
    return 0


def _lacks(problems: Mapping[str, Sequence[tuple[str, str]]], name: str) -> str:
    return ", ".join(dict.fromkeys(setting for setting, _ in problems.get(name, ())))
