"""Settings by the acts of staff: refused at their field, on record, and back to what they were by one press."""

from __future__ import annotations

import pytest

from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.settings.refresh_settings import RefreshSettings
from subscriptions.application.settings.report_invoice_readiness import ReportInvoiceReadiness
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.command import SubjectGone
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.web import WebSettings, WorkerSettings
from subscriptions.bootstrap.settings_in_force import SettingsInForce
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.invoice import InvoiceWay
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff

ENVIRON = {"DATABASE_URL": "postgresql://u:p@127.0.0.1/db", "GRACE_DAYS": "3"}


async def test_a_setting_is_chosen_and_brought_back_and_each_process_goes_by_it() -> None:
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
async def test_what_cannot_be_read_is_refused_at_the_field(name: str, value: str) -> None:
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


async def test_invoices_by_records_are_chosen_once_the_worker_can_issue_them() -> None:
    shop = memory_shop()
    unready = load(WorkerSettings, ENVIRON)
    in_force = SettingsInForce(unready)
    staff, report = Staff(shop), ReportInvoiceReadiness(shop.units, in_force)

    async def refusal() -> str:
        with pytest.raises(InputsRefused) as refused:
            await staff(SHELL, "change_setting", "INVOICES", value="verifactu")
        wrong = refused.value.errors["value"]
        return f"{wrong.key} {wrong.facts}"

    assert "invoices_unsure" in await refusal(), "the worker never said anything"
    await report()
    assert "VERIFACTU_NIF, VERIFACTU_NAME, LEGAL_IDENTITY, VAT_RATE (21, 10, 5 or 4), VERIFACTU_CERT" in await refusal()
    assert (await staff(SHELL, "change_setting", "INVOICES", value="handover")).name == "changed"

    ready = {"VERIFACTU_NIF": "A15022510", "VERIFACTU_NAME": "ACME SL", "VERIFACTU_URL": "http://tax.test"}
    ready |= {"LEGAL_IDENTITY": "ACME SL, Madrid", "VAT_RATE": "21"}
    await ReportInvoiceReadiness(shop.units, SettingsInForce(load(WorkerSettings, ENVIRON | ready)))()
    assert (await staff(SHELL, "change_setting", "INVOICES", value="verifactu")).name == "changed"

    # The worker is started without them after that: it goes on, by all other settings that were chosen.
    await staff(SHELL, "change_setting", "STAY_DAYS", value="6")
    await RefreshSettings(shop.units, in_force)()
    assert (unready.invoices, unready.stay_days) == (InvoiceWay.OFF, 6)


async def test_nothing_of_the_environments_is_chosen_and_nobody_chooses_who_may_not() -> None:
    staff = Staff(memory_shop())
    for name in ("DATABASE_URL", "STRIPE_SECRET_KEY", "WEB_PORT", "x\0"):
        with pytest.raises(SubjectGone):
            await staff(SHELL, "change_setting", name, value="1")
    with pytest.raises(NotAllowed):
        await staff(Program("crm", frozenset({Ability.OPERATE})), "change_setting", "GRACE_DAYS", value="7")
