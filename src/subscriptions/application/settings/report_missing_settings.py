"""Publication of the prerequisites of settings that the worker lacks, for the processes in which staff
change settings.
"""

from typing import Final

from subscriptions.domain.entities.variable import Variable, text
from subscriptions.domain.ports.setting_catalog import SettingCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

_MISSING_FOR: Final = "missing_for_{}"


def missing_for(setting: str) -> Variable[str]:
    """Return the variable in which the worker lists the missing prerequisites of a setting; empty if none is
    missing.
    """
    return text(_MISSING_FOR.format(setting.lower()))


class ReportMissingSettings:
    """Service that reports missing prerequisites. It runs every few seconds, because prerequisites can change at run
    time.
    """

    def __init__(self, units: UnitOfWorkFactory, catalog: SettingCatalog) -> None:
        self._units = units
        self._catalog = catalog
        self._last_report: dict[str, str] = {}

    async def __call__(self) -> None:
        """Publish the missing prerequisites of each setting for which they have changed."""
        report = {name: ", ".join(missing) for name, missing in self._catalog.missing().items()}
        changed = {name: missing for name, missing in report.items() if self._last_report.get(name) != missing}
        if not changed:
            return
        async with self._units() as uow:
            for name, missing in changed.items():
                await uow.variables.set(missing_for(name), missing)
            await uow.commit()
        self._last_report = report
