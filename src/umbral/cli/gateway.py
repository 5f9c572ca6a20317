"""`umbral gateway`."""

from __future__ import annotations

from collections.abc import Sequence

from subscriptions.bootstrap.operator import OperatorContainer
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
    enabled = set(gateways.enabled())
    rows = [(name, "on" if name in enabled else "not configured") for name in gateways.descriptors()]
    print(table(("METHOD", "STATE"), rows))
    return 0
