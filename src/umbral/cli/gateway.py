"""`umbral gateway`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from subscriptions.bootstrap.operator import OperatorContainer
from subscriptions.domain.services.method_policy import in_order, offered
from umbral.cli.operating import operate, table
from umbral.cli.options import LIST, parser


def run(argv: Sequence[str]) -> int:
    """List the payment methods."""
    options = parser("gateway", "The payment methods.")
    options.add_subparsers(dest="action", required=True).add_parser(LIST, help="those installed, and which are on")
    options.parse_args(argv or [LIST])
    return operate("gateway", _list)


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
