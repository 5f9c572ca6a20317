"""Runner of staff commands in an in-memory shop, based on the product's runner."""

from __future__ import annotations

from uuid import UUID, uuid4

from cryptography.fernet import Fernet

from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.staff.actor import Caller
from subscriptions.application.staff.command import Outcome
from subscriptions.bootstrap.settings_in_force import NO_SETTINGS
from subscriptions.bootstrap.staff_commands import run_command
from subscriptions.domain.ports.seals import Seals
from subscriptions.domain.ports.setting_catalog import SettingCatalog
from subscriptions.domain.services.code_seal import KEYLESS, CodeSeal
from subscriptions.infrastructure.outgoing.addresses import Addresses
from subscriptions.infrastructure.outgoing.seals import WebhookSeals
from tests.fakes.shop import Shop

SEALS = WebhookSeals(Fernet.generate_key().decode(), Addresses(()))


class Staff:
    """Runner of staff commands."""

    def __init__(
        self,
        shop: Shop,
        seal: CodeSeal = KEYLESS,
        plan_catalog: PlanCatalog | None = None,
        seals: Seals = SEALS,
        settings: SettingCatalog = NO_SETTINGS,
    ) -> None:
        self.shop = shop
        renew_invite = RenewInvite(shop.units, shop.clock, shop.policy)
        desk = self.desk = StaffDesk(shop.units, shop.clock)
        catalog = plan_catalog or PlanCatalog(shop.units)
        self.run = run_command(
            shop.units, shop.clock, desk, shop.policy, shop.gateways, renew_invite, catalog, seal, seals, settings
        )

    async def __call__(
        self,
        caller: Caller,
        name: str,
        subject: object,
        operation: UUID | None = None,
        secret: bytes | None = None,
        **answers: object,
    ) -> Outcome:
        """Run the staff command `name` as the caller. Raises the errors of the product's runner."""
        typed = {key: str(value) for key, value in answers.items()}
        return await self.run(caller, name, str(subject), typed, operation or uuid4(), secret=secret)
