"""Check that a staff command changes a setting with an audit entry, names the field of a refused value, and can restore
the default.
"""

from __future__ import annotations

import pytest

from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.settings.refresh_settings import RefreshSettings
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.command import SubjectGone
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.settings_in_force import SettingsInForce
from subscriptions.domain.entities.api_key import Ability
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff

ENVIRON = {"DATABASE_URL": "postgresql://u:p@127.0.0.1/db", "GRACE_DAYS": "3"}


async def test_changed_and_restored_setting_is_applied_at_the_next_refresh() -> None:
    shop, settings = memory_shop(), load(WebSettings, ENVIRON)
    in_force = SettingsInForce(settings)
    staff, refresh = Staff(shop, settings=in_force), RefreshSettings(shop.units, in_force)
    await refresh()

    done = await staff(SHELL, "change_setting", "GRACE_DAYS", value=" 7 ")
    assert (done.name, done.facts["restarts"]) == ("changed_at_start", "worker")
    assert (await staff(SHELL, "change_setting", "GRACE_DAYS", value="7")).name == "unchanged"
    await refresh()
    assert settings.policy.grace.days == 7
    (line,) = shop.memory.rows("audit_log")
    assert (line.action, line.subject, line.facts) == (
        "setting.changed",
        "GRACE_DAYS",
        {"setting": "GRACE_DAYS", "before": "3", "after": "7"},
    )

    assert (await staff(SHELL, "restore_setting", "GRACE_DAYS")).name == "restored_at_start"
    assert (await staff(SHELL, "restore_setting", "GRACE_DAYS")).name == "unchanged"
    await refresh()
    assert settings.policy.grace.days == 3
    assert [each.action for each in shop.memory.rows("audit_log")] == ["setting.changed", "setting.restored"]


@pytest.mark.parametrize(("name", "value"), [("GRACE_DAYS", "99"), ("GRACE_DAYS", ""), ("LEGAL_IDENTITY", "")])
async def test_refusal_of_an_invalid_setting_names_the_field(name: str, value: str) -> None:
    shop = memory_shop()
    staff = Staff(shop)
    for asking in (
        staff(SHELL, "change_setting", name, value=value),
        staff.run.preview(SHELL, "change_setting", name, {"value": value}),
    ):
        with pytest.raises(InputsRefused) as refused:
            await asking
        assert set(refused.value.errors) == {"value"}
    assert shop.memory.rows("custom_settings") == []


async def test_change_of_an_environment_only_setting_or_by_an_unauthorized_program_is_refused() -> None:
    staff = Staff(memory_shop())
    for name in ("DATABASE_URL", "STRIPE_SECRET_KEY", "WEB_PORT", "x\0"):
        with pytest.raises(SubjectGone):
            await staff(SHELL, "change_setting", name, value="1")
    with pytest.raises(NotAllowed):
        await staff(Program("crm", frozenset({Ability.OPERATE})), "change_setting", "GRACE_DAYS", value="7")
