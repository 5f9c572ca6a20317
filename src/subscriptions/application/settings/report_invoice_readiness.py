"""Report of the settings that the worker needs to issue invoice records but does not have, for the processes in which
staff switches invoices on.
"""

from typing import Final

from subscriptions.domain.entities.variable import text
from subscriptions.domain.ports.setting_catalog import SettingCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

MISSING_FOR_INVOICES: Final = text("missing_for_invoices")
"""Variable in which the worker, the only process with those settings, lists the missing ones; empty if none."""


class ReportInvoiceReadiness:
    """Service that runs every few seconds, because the required business settings can change at run time."""

    def __init__(self, units: UnitOfWorkFactory, catalog: SettingCatalog) -> None:
        self._units = units
        self._catalog = catalog
        self._last_report: str | None = None

    async def __call__(self) -> None:
        """Publish the missing settings if they changed."""
        settings_missing = ", ".join(self._catalog.missing_for_invoices())
        if settings_missing == self._last_report:
            return
        async with self._units() as uow:
            await uow.variables.set(MISSING_FOR_INVOICES, settings_missing)
            await uow.commit()
        self._last_report = settings_missing
