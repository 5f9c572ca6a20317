"""Small parts of the pages: prices, pictures, QR codes, headers."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from web.pages import PAGES, language_of
from web.pictures import png_size
from web.prices import lowest, price_line
from web.qr import qr_svg
from web.routes.discovery import sitemap_xml
from web.shell import secure_headers
from web.texts import raw_texts


def plan(
    minor: int = 2999, currency: str = "EUR", interval: Interval | None = Interval.MONTH, count: int = 1
) -> PlanView:
    return PlanView(
        soft_id="p",
        name="P",
        emoji="",
        description="",
        price=Money(minor, currency),
        recurring=interval is not None,
        interval=interval,
        interval_count=count,
        duration_days=None if interval else count,
    )


@pytest.mark.parametrize(
    ("offered", "es", "en"),
    [
        (plan(), "29,99\xa0€/mes", "€29.99/month"),
        (plan(interval=Interval.YEAR), "29,99\xa0€/año", "€29.99/year"),
        (plan(count=3), "29,99\xa0€ cada 3 meses", "€29.99 every 3 months"),
        (plan(999, "USD", None, 30), "9,99\xa0US$ · 30 días", "US$9.99 · 30 days"),
        (plan(500, "JPY", None, 1), "500\xa0JPY · 1 día", "JP¥500 · 1 day"),
    ],
)
def test_price_is_shown_with_its_period_in_each_language(offered: PlanView, es: str, en: str) -> None:
    assert price_line(offered, raw_texts("es")["price"], "es") == es
    assert price_line(offered, raw_texts("en")["price"], "en") == en


@pytest.mark.parametrize("interval", list(Interval))
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("language", ["es", "en"])
def test_price_of_every_period_has_a_text(interval: Interval, count: int, language: str) -> None:
    price = {"es": "29,99\xa0€", "en": "€29.99"}[language]
    assert price in price_line(plan(interval=interval, count=count), raw_texts(language)["price"], language)


def test_lowest_price_is_found_per_currency() -> None:
    dollars, cheapest, free = plan(999, "USD", None, 30), plan(500, "EUR", None, 30), plan(0)
    assert lowest([plan(), dollars, free, plan(1999), cheapest, plan(1099, "USD")]) == [cheapest, dollars]
    assert lowest([free]) == []
    assert price_line(free, raw_texts("es")["price"], "es") == "Gratis"


def test_dimensions_of_a_picture_are_read(tmp_path: Path) -> None:
    png = tmp_path / "step.png"
    assert png_size(png) is None
    png.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 780, 1688))
    assert png_size(png) == (780, 1688)
    png.write_bytes(b"GIF89a")
    assert png_size(png) is None


def test_qr_code_contains_no_script_and_no_style() -> None:
    svg = qr_svg("https://t.me/RetadorBot")
    assert svg.startswith("<svg")
    assert "style=" not in svg
    assert "<script" not in svg


def test_language_is_read_from_the_path() -> None:
    for page in PAGES:
        assert {language_of(path) for path in page.paths.values()} == set(page.paths)
    assert language_of("/english") == "es"
    assert language_of("*") == "es"


def test_sitemap_lists_every_page_in_every_language() -> None:
    xml = sitemap_xml("https://retador.example")
    for page in PAGES:
        for path in page.paths.values():
            assert f"<loc>https://retador.example{path}</loc>" in xml


def test_only_a_site_on_a_loopback_address_may_be_framed() -> None:
    assert "frame-ancestors 'none'" in secure_headers("https://retador.example")["Content-Security-Policy"]
    assert "frame-ancestors http://127.0.0.1:*" in secure_headers("http://127.0.0.1:8000")["Content-Security-Policy"]


def test_headers_deny_unused_browser_features() -> None:
    public, local = secure_headers("https://retador.example"), secure_headers("http://127.0.0.1:8000")
    assert public["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in local
    for headers in (public, local):
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert {"camera=()", "geolocation=()", "payment=()"} <= set(headers["Permissions-Policy"].split(", "))
