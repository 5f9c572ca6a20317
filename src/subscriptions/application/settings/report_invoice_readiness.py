"""What the worker lacks to issue invoices by records, for the processes in which that is chosen."""

from typing import Final

from subscriptions.domain.entities.variable import text
from subscriptions.domain.ports.setting_catalog import SettingCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

MISSING_FOR_INVOICES: Final = text("missing_for_invoices")
"""The variable in which the worker, which alone has those settings, names what is missing; empty for nothing."""


class ReportInvoiceReadiness:
    """Asked every few seconds: other settings of the business belong to it, and may change at run time."""

    def __init__(self, units: UnitOfWorkFactory, catalog: SettingCatalog) -> None:
        self._units = units
        self._catalog = catalog
        self._last_report: str | None = None

    async def __call__(self) -> None:
        """Write it down where it changed."""
        settings_missing = ", ".join(self._catalog.missing_for_invoices())
        if settings_missing == self._last_report:
            return
        async with self._units() as uow:
            await uow.variables.set(MISSING_FOR_INVOICES, settings_missing)
            await uow.commit()
        self._last_report = settings_missing
