"""Settings of invoice records, which must be set all together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from features.invoices.domain.invoice import InvoiceIssuer
from features.invoices.settings import InvoiceSettings, VerifactuSettings
from subscriptions.application.settings.refresh_settings import RefreshSettings
from subscriptions.application.settings.report_missing_settings import ReportMissingSettings
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.bootstrap.settings.core import SettingsError, load
from subscriptions.bootstrap.settings.web import WorkerSettings
from subscriptions.bootstrap.settings_in_force import SettingsInForce
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff

SHOP = {"DATABASE_URL": "postgresql://u:p@127.0.0.1/db"}
BASE: Mapping[str, str] = {"DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/none", "INVOICES": "verifactu"}


def worker(environ: Mapping[str, str]) -> VerifactuSettings:
    """Parse the worker's settings for invoices."""
    return cast(VerifactuSettings, load(WorkerSettings, environ))


def test_all_missing_invoice_settings_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(WorkerSettings, BASE)
    said = str(refused.value)
    for name in ("VERIFACTU_NIF", "VERIFACTU_NAME", "VERIFACTU_CERTIFICATE", "LEGAL_IDENTITY", "VAT_RATE"):
        assert name in said
    with pytest.raises(SettingsError, match="VERIFACTU_NIF: isn't a valid Spanish tax number"):
        load(WorkerSettings, {**BASE, "VERIFACTU_NIF": "B12345678"})
    certificate = tmp_path / "verifactu.pem"
    certificate.touch()
    whole = {"VERIFACTU_NIF": "b-12345674", "VERIFACTU_NAME": "RETADOR SL", "VERIFACTU_CERTIFICATE": str(certificate)}
    settings = worker({**BASE, **whole, "LEGAL_IDENTITY": "Retador S.L., Madrid", "VAT_RATE": "21"})
    assert settings.issuer is not None
    assert (settings.issuer.tax_id, settings.issuer.series) == ("B12345674", "F")
    assert (settings.tax_service, settings.issuer.office) == ("https://prewww1.aeat.es", "https://prewww2.aeat.es")


def test_invoices_are_not_issued_by_default() -> None:
    assert worker({**BASE, "INVOICES": "handover"}).issuer is None


async def test_verifactu_can_be_chosen_only_after_the_worker_has_the_verifactu_settings() -> None:
    shop = memory_shop()
    unready = load(WorkerSettings, SHOP)
    in_force = SettingsInForce(unready)
    staff, report = Staff(shop), ReportMissingSettings(shop.units, in_force)

    async def refusal() -> str:
        with pytest.raises(InputsRefused) as refused:
            await staff(SHELL, "change_setting", "INVOICES", value="verifactu")
        wrong = refused.value.errors["value"]
        return f"{wrong.key} {wrong.facts}"

    assert "settings_unsure" in await refusal(), "the worker never said anything"
    await report()
    assert "VERIFACTU_NIF, VERIFACTU_NAME, LEGAL_IDENTITY, VAT_RATE (21, 10, 5 or 4), VERIFACTU_CERT" in await refusal()
    assert (await staff(SHELL, "change_setting", "INVOICES", value="handover")).name == "changed"

    ready = {"VERIFACTU_NIF": "A15022510", "VERIFACTU_NAME": "ACME SL", "VERIFACTU_URL": "http://tax.test"}
    ready |= {"LEGAL_IDENTITY": "ACME SL, Madrid", "VAT_RATE": "21"}
    await ReportMissingSettings(shop.units, SettingsInForce(load(WorkerSettings, SHOP | ready)))()
    assert (await staff(SHELL, "change_setting", "INVOICES", value="verifactu")).name == "changed"

    # A worker started without them later keeps running with all other custom settings.
    await staff(SHELL, "change_setting", "STAY_DAYS", value="6")
    await RefreshSettings(shop.units, in_force)()
    assert (cast(InvoiceSettings, unready).choices.way, unready.stay_days) == (InvoiceIssuer.OFF, 6)
