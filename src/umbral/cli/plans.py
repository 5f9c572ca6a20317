"""`umbral plans`."""

from __future__ import annotations

from collections.abc import Sequence

from subscriptions.bootstrap.operator import OperatorContainer
from umbral.cli.operating import operate, table
from umbral.cli.options import LIST, parser


def run(argv: Sequence[str]) -> int:
    """List the plans, or give them their price objects at a provider."""
    options = parser("plans", "What is on offer.")
    actions = options.add_subparsers(dest="action", required=True)
    actions.add_parser(LIST, help="every plan, also those switched off")
    sync = actions.add_parser("sync", help="make the plans' price objects where they are missing")
    sync.add_argument("provider", metavar="PROVIDER")
    chosen = options.parse_args(argv or [LIST])
    if chosen.action == LIST:
        return operate("plans", _list)
    return operate("plans", lambda container: _sync(container, chosen.provider))


async def _list(container: OperatorContainer) -> int:
    plans = await container.plans().all()
    rows = [(plan.soft_id, plan.name, plan.price, "yes" if plan.active else "no") for plan in plans]
    print(table(("PLAN", "NAME", "PRICE", "ACTIVE"), rows))
    return 0


async def _sync(container: OperatorContainer, provider: str) -> int:
    prices = await container.sync_prices()(provider)
    if not prices:
        print(f"{provider} keeps no price objects, or there are no plans: nothing to do.")
    else:
        print(table(("PLAN", "PRICE OBJECT"), prices.items()))
    return 0
