"""Generated page about the API in the documentation."""

from __future__ import annotations

from scripts import site_api


def test_generated_api_page_lists_routes_and_status_codes() -> None:
    page = site_api.api(site_api.described())

    assert "`GET /api/v1/customers`" in page
    assert "`POST /api/v1/payments/{payment_id}/refund`" in page
    assert "| 403 |" in page
