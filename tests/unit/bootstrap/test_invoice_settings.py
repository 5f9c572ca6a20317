"""Invoice records are enabled with all their settings or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from subscriptions.bootstrap.settings.core import SettingsError, load
from subscriptions.bootstrap.settings.web import WorkerSettings

BASE: Mapping[str, str] = {"DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/none", "INVOICES": "verifactu"}


def test_all_missing_invoice_settings_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(WorkerSettings, BASE)
    said = str(refused.value)
    for name in ("VERIFACTU_NIF", "VERIFACTU_NAME", "VERIFACTU_CERTIFICATE", "LEGAL_IDENTITY", "VAT_RATE"):
        assert name in said
    with pytest.raises(SettingsError, match="VERIFACTU_NIF: is no Spanish tax number"):
        load(WorkerSettings, {**BASE, "VERIFACTU_NIF": "B12345678"})
    certificate = tmp_path / "verifactu.pem"
    certificate.touch()
    whole = {"VERIFACTU_NIF": "b-12345674", "VERIFACTU_NAME": "RETADOR SL", "VERIFACTU_CERTIFICATE": str(certificate)}
    settings = load(WorkerSettings, {**BASE, **whole, "LEGAL_IDENTITY": "Retador S.L., Madrid", "VAT_RATE": "21"})
    assert settings.issuer is not None
    assert (settings.issuer.tax_id, settings.issuer.series) == ("B12345674", "F")
    assert (settings.tax_service, settings.issuer.office) == ("https://prewww1.aeat.es", "https://prewww2.aeat.es")


def test_invoices_are_not_issued_by_default() -> None:
    assert load(WorkerSettings, {**BASE, "INVOICES": "handover"}).issuer is None
