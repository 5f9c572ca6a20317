"""All operations of the API under `/api/v1`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from subscriptions.application.features import StateOf
from subscriptions.application.lists.read_lists import ReadLists
from subscriptions.application.payments.tax_report import MakeTaxReport
from subscriptions.application.staff.run_command import RunCommand
from subscriptions.application.views.check_entitlement import CheckEntitlement
from subscriptions.domain.entities.permission import Permission
from web.body import BodyReader
from web.concurrency import ConcurrencyLimit
from web.routes.health import Figures, figures_router
from web.routes.listing import listing_router
from web.routes.staff_commands import staff_commands_router
from web.routes.taxes import taxes_router


@dataclass(frozen=True)
class ApiUseCases:
    """Use cases that the operations call. of_features: factories of the routers that features add."""

    read_lists: ReadLists
    run_command: RunCommand
    check_entitlement: CheckEntitlement
    make_tax_report: MakeTaxReport
    figures: Figures
    state_of: StateOf
    off_sentence: Callable[[Permission], str]
    of_features: Sequence[Callable[[BodyReader, ConcurrencyLimit], APIRouter]]


def api_routers(use: ApiUseCases, bodies: BodyReader, concurrency: ConcurrencyLimit) -> Sequence[APIRouter]:
    """Return the routers of all operations."""
    return (
        listing_router(use.read_lists, concurrency, use.off_sentence),
        staff_commands_router(use.run_command, use.check_entitlement, bodies, concurrency, use.state_of),
        *(make(bodies, concurrency) for make in use.of_features),
        taxes_router(use.make_tax_report, concurrency),
        figures_router(use.figures),
    )
