"""`umbral plans`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from subscriptions.application.catalog.plan_input import read_price
from subscriptions.bootstrap.operator import OperatorContainer
from subscriptions.domain.errors import InvalidInput
from umbral.cli.operating import Work, operate, table
from umbral.cli.options import LIST, parser

OWN = "own"


def run(argv: Sequence[str]) -> int:
    """List the plans, take them out as a file and bring them in, or give them their prices at a provider."""
    options = parser("plans", "What is on offer.")
    actions = options.add_subparsers(dest="action", required=True)
    actions.add_parser(LIST, help="every plan, also those switched off")
    sync = actions.add_parser("sync", help="make the plans' price objects where they are missing")
    sync.add_argument("provider", metavar="PROVIDER")
    price = actions.add_parser("price", help="let one way to pay charge an amount of its own: 1500 XTR, 34.99 USD")
    price.add_argument("plan", metavar="PLAN")
    price.add_argument("method", metavar="METHOD")
    price.add_argument("amount", metavar="AMOUNT", nargs="+", help=f"with its currency; {OWN}: the plan's own price")
    actions.add_parser("export", help="write every plan as YAML")
    bring = actions.add_parser("import", help="make the plans what a YAML file says; others stay as they are")
    bring.add_argument("file", metavar="FILE", type=Path)
    bring.add_argument("--dry-run", action="store_true", help="only show the difference")
    chosen = options.parse_args(argv or [LIST])
    works: dict[str, Work] = {
        LIST: _list,
        "sync": lambda container: _sync(container, chosen.provider),
        "price": lambda container: _price(container, chosen.plan, chosen.method, " ".join(chosen.amount)),
        "export": _export,
        "import": lambda container: _import(container, chosen.file, dry_run=chosen.dry_run),
    }
    return operate("plans", works[chosen.action])


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


async def _price(container: OperatorContainer, plan: str, method: str, amount: str) -> int:
    price = None if amount == OWN else read_price(amount)
    changed = await container.set_method_price()(plan, method, price)
    charged = "the plan's own price" if price is None else str(price)
    print(f"{method} charges {charged} for {plan}{'' if changed else ', as it did before'}.")
    return 0


async def _export(container: OperatorContainer) -> int:
    plans = await container.export_plans()()
    print(yaml.safe_dump({"plans": plans}, allow_unicode=True, sort_keys=False), end="")
    return 0


async def _import(container: OperatorContainer, file: Path, *, dry_run: bool) -> int:
    differences = await container.import_plans()(_read(file), dry_run=dry_run)
    rows = [
        (item.soft_id if number == 0 else "", item.kind if number == 0 else "", field, change)
        for item in differences
        for number, (field, change) in enumerate(item.changes.items() or [("", "")])
    ]
    print(table(("PLAN", "", "FIELD", "CHANGE"), rows))
    if dry_run:
        print("Nothing was changed.")
    return 0


def _read(file: Path) -> object:
    """What the file holds. Raises InvalidInput where it cannot be read, or is no YAML."""
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("file", f"{file.name} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise InvalidInput("file", f"{file.name} is no YAML: {error}") from error
