"""The command `umbral plans`, which lists, exports and imports plans and syncs their prices."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import uuid4

import typer

from subscriptions.domain.errors import InvalidInput
from umbral.terminal.files import in_file, read_text
from umbral.terminal.listing import show, show_json
from umbral.terminal.operating import operate
from umbral.terminal.options import Json, application
from umbral.terminal.progress import progress

if TYPE_CHECKING:
    from subscriptions.application.catalog.plan_files import PlanDifference
    from subscriptions.bootstrap.operator import OperatorContainer
    from subscriptions.domain.entities.service_plan import ServicePlan

OWN: Final = "own"

app = application("The plans you sell.", lists=True)


@app.callback()
def plans(context: typer.Context) -> int:
    """List the plans if no action is given."""
    return list_plans() if context.invoked_subcommand is None else 0


def _state_of(plan: ServicePlan, missing: Sequence[str]) -> str:
    if not plan.active:
        return "no"
    return f"not sold: no one can join {', '.join(missing)} yet" if missing else "yes"


@app.command("list")
def list_plans(as_json: Json = False) -> int:
    """List every plan, including those that are switched off."""

    async def work(container: OperatorContainer) -> int:
        service_plans = await container.plans().all()
        missing = await container.plans().missing(service_plans)
        if as_json:
            show_json(
                [
                    {
                        "plan": plan.soft_id,
                        "name": plan.name,
                        "amount": plan.price.decimal,
                        "currency": plan.price.currency,
                        "active": plan.active,
                        "missing": list(missing[plan.id]),
                    }
                    for plan in service_plans
                ]
            )
        else:
            rows = [(plan.soft_id, plan.name, plan.price, _state_of(plan, missing[plan.id])) for plan in service_plans]
            show(("PLAN", "NAME", "PRICE", "ACTIVE"), rows)
        return 0

    return operate("plans", work)


@app.command()
def sync(
    provider: Annotated[
        str, typer.Argument(metavar="PROVIDER", help="The payment method, as in `umbral gateway list`.")
    ],
    as_json: Json = False,
) -> int:
    """Create the missing price objects at a provider."""

    async def work(container: OperatorContainer) -> int:
        with progress("plans") as step:
            prices = await container.sync_prices()(provider, step)
        if as_json:
            show_json([{"plan": plan, "price_object": reference} for plan, reference in prices.items()])
        elif not prices:
            print(f"{provider} doesn't have price objects, or there are no plans: nothing to do.")
        else:
            show(("PLAN", "PRICE OBJECT"), prices.items())
        return 0

    return operate("plans", work)


@app.command()
def price(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The plan, as in `umbral plans list`.")],
    method: Annotated[str, typer.Argument(metavar="METHOD", help="The payment method, as in `umbral gateway list`.")],
    amount: Annotated[
        list[str], typer.Argument(metavar="AMOUNT", help=f"The price with its currency; {OWN}: the plan's own price.")
    ],
) -> int:
    """Set a price of a plan for one payment method.

    Such as 1500 XTR, or 34.99 USD.
    """

    from umbral.cli.staff import carry_out

    return carry_out("method_price", plan, {"method": method, "price": " ".join(amount)})


@app.command()
def export() -> int:
    """Export every plan as YAML."""

    async def work(container: OperatorContainer) -> int:
        import yaml

        print(yaml.safe_dump({"plans": await container.export_plans()()}, allow_unicode=True, sort_keys=False), end="")
        return 0

    return operate("plans", work)


@app.command()
def schema(example: Annotated[bool, typer.Option("--example", help="An example file instead.")] = False) -> int:
    """Print the JSON Schema of plan files, for an editor."""
    from subscriptions.application.catalog.plan_fields import EXAMPLE, plan_schema

    if example:
        print(EXAMPLE, end="")
    else:
        show_json(plan_schema())
    return 0


@app.command("import")
def bring_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file as written by `umbral plans export`.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the differences.")] = False,
    as_json: Json = False,
) -> int:
    """Import plans from a YAML file; plans that it does not contain are not changed."""

    async def work(container: OperatorContainer) -> int:
        with in_file(file):
            differences = await _bring_in(container, read_text(file), dry_run=dry_run)
        if as_json:
            show_json([{"plan": item.soft_id, "kind": item.kind, "changes": item.changes} for item in differences])
            return 0
        rows = [
            (item.soft_id if number == 0 else "", item.kind if number == 0 else "", field, change)
            for item in differences
            for number, (field, change) in enumerate(item.changes.items() or [("", "")])
        ]
        show(("PLAN", "", "FIELD", "CHANGE"), rows)
        if dry_run:
            print("Nothing was changed.")
        return 0

    return operate("plans", work)


async def _bring_in(container: OperatorContainer, text: str, *, dry_run: bool) -> Sequence[PlanDifference]:
    from subscriptions.application.catalog.plan_files import FILE, ImportPlans
    from subscriptions.application.dto.yaml_file import read_yaml
    from subscriptions.application.staff.actor import SHELL
    from subscriptions.application.staff.run_command import InputsRefused

    differences = await container.compare_plans()(read_yaml(text))
    for each in differences:
        if each.promises:
            promises = ", ".join(each.promises)
            print(f"umbral plans: {each.soft_id} promises guaranteed winnings ({promises}); reword it", file=sys.stderr)
    if not dry_run:
        try:
            await container.run_command()(SHELL, ImportPlans.name, "", {FILE.name: text}, uuid4())
        except InputsRefused as error:
            facts = error.errors[FILE.name].facts
            raise InvalidInput(str(facts.get("field", FILE.name)), str(facts.get("problem", "is too long"))) from error
    return differences
