"""Going in this process by the settings that the operator chose in any other."""

from subscriptions.domain.ports.setting_catalog import SettingCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class RefreshSettings:
    """Asked at the start and every few seconds, so that no work has to ask."""

    def __init__(self, units: UnitOfWorkFactory, catalog: SettingCatalog) -> None:
        self._units = units
        self._catalog = catalog
        self._stamp: str | None = None

    async def __call__(self) -> None:
        """Read what was changed since it was asked last, where anything was. Raises RetryLater."""
        async with self._units() as uow:
            stamp = await uow.settings.stamp()
            if stamp == self._stamp:
                return
            settings = await uow.settings.all()
        self._catalog.apply(settings)
        self._stamp = stamp
