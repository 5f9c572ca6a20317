"""All operations of the API under `/api/v1`, and the abilities that API keys need for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from features.api.web.listing import listing_router
from features.api.web.reports import REPORTS, reports_router
from features.api.web.staff_commands import staff_commands_router
from features.api.web.taxes import TAXES, taxes_router
from subscriptions.application.features import StateOf
from subscriptions.application.lists.read_lists import ReadLists
from subscriptions.application.payments.tax_report import MakeTaxReport
from subscriptions.application.staff.run_command import RunCommand
from subscriptions.application.views.check_entitlement import CheckEntitlement
from subscriptions.bootstrap.lists import LISTS
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.permission import Permission
from web.body import BodyReader
from web.concurrency import ConcurrencyLimit
from web.feature import web_parts
from web.problems import V1
from web.routes.command_answers import path_of
from web.routes.health import Figures


@dataclass(frozen=True)
class ApiUseCases:
    """Use cases that the API operations call. For `state_of` and `off_sentence`, see `RunningStates`."""

    read_lists: ReadLists
    run_command: RunCommand
    check_entitlement: CheckEntitlement
    make_tax_report: MakeTaxReport
    figures: Figures
    state_of: StateOf
    off_sentence: Callable[[Permission], str]


def api_routers(use: ApiUseCases, bodies: BodyReader, concurrency: ConcurrencyLimit) -> Sequence[APIRouter]:
    """Return the routers of all operations, except those that other features declare."""
    return (
        listing_router(use.read_lists, concurrency, use.off_sentence),
        staff_commands_router(use.run_command, use.check_entitlement, bodies, concurrency, use.state_of),
        taxes_router(use.make_tax_report, concurrency),
        reports_router(use.figures),
    )


def needed_to_change() -> Mapping[str, Ability | None]:
    """Return the abilities that API keys need for changes, keyed by the path prefixes of staff commands and of the
    features' own operations. The value is None for staff commands, because each command checks its own ability.
    """
    return {
        **dict.fromkeys(path_of(command).partition("/{")[0] for command in COMMANDS.values()),
        **{path: ability for part in web_parts().values() if part.api for path, ability in part.needs.items()},
    }


def needed_to_read() -> Mapping[str, Ability | None]:
    """Return the ability that an API key needs to read, keyed by path prefix. The value is None if any valid key is
    accepted.
    """
    return {
        REPORTS: Ability.REPORTS,
        TAXES: Ability.PAYMENTS,
        **{f"{V1}/{name}": model.programs.ability for name, model in LISTS.items() if model.programs is not None},
    }
