"""Payment methods connected and disconnected in the console: by owners only, and never overriding the environment."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from subscriptions.bootstrap.sealed_settings import BEGINNING, Beginning, SettingsVault, read_sealed
from subscriptions.domain.entities.customer import OwnRole, StaffRole
from subscriptions.domain.services.staff_policy import StaffAction
from tests.support.console_visitor import hidden, hire, visiting
from tests.support.sealed import enter, key_file, open_setup
from tests.support.website import running_website

KEYS = {"CRYPTOMUS_MERCHANT_ID": "m" * 8, "CRYPTOMUS_API_KEY": "k" * 8}
CONNECT = "/admin/methods/connect"


async def test_payment_method_of_the_setup_is_disconnected_and_the_environment_is_unchanged(
    database_url: str, tmp_path: Path
) -> None:
    file = key_file(tmp_path)
    async with open_setup(database_url) as setup:
        await enter(setup, file, KEYS)
        await setup.finish()
        BEGINNING.set(Beginning(given={"SETTINGS_KEY_FILE": file, "STRIPE_SECRET_KEY": "sk_test_1"}))
        async with running_website(database_url) as site, visiting(site) as visitor:
            await hire(site, StaffRole.OWNER)
            await visitor.enter()
            page = await visitor.page("/methods")
            assert "Configurada en el entorno" in page
            assert ("method=stripe" in page, "method=cryptomus" in page, "method=paypal" in page) == (False, True, True)
            assert "STRIPE_SECRET_KEY" not in await visitor.page("/methods/connect?method=stripe")
            assert "Desconectada" in await visitor.do("disconnect_method", "cryptomus")
        assert await read_sealed(setup, SettingsVault(file), KEYS.keys()) == {}


async def test_role_that_may_only_reorder_payment_methods_cannot_connect_a_payment_method(
    database_url: str, tmp_path: Path
) -> None:
    BEGINNING.set(Beginning(given={"SETTINGS_KEY_FILE": key_file(tmp_path)}))
    async with running_website(database_url) as site, visiting(site) as visitor:
        await hire(site, StaffRole.OWNER)
        await visitor.enter()
        form = await visitor.client.get(f"{CONNECT}?method=cryptomus")
        assert form.status_code == 200
        answers = {**hidden(form.text), "method": "cryptomus", "CRYPTOMUS_MERCHANT_ID": "secret"}
        refused = await visitor.client.post(CONNECT, data=answers)
        assert (refused.status_code, "secret" in refused.text) == (422, False)
        arranger = OwnRole(
            name="arranger", permissions=frozenset({StaffAction.OPEN_CONSOLE, StaffAction.ARRANGE_METHODS})
        )
        async with site.container.core.units()() as uow:
            await uow.own_roles.add_if_new(arranger)
            await uow.commit()
        await hire(site, arranger)
        await visitor.enter()
        assert "method=cryptomus" not in await visitor.page("/methods")
        own = {**answers, **hidden((await visitor.client.get("/admin/methods")).text)}
        assert (await visitor.client.post(CONNECT, data=own)).status_code == 404
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT count(*) FROM payment_keys") == 0
    await connection.close()
