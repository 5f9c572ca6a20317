"""Public pages, rendered by the code of the web process over test data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from html import unescape
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any

import pytest
from starlette.requests import Request

from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.catalog.site import Identity, SiteView
from subscriptions.bootstrap.drawing import render_png
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.services.withdrawal_policy import Declarations, Scope
from subscriptions.infrastructure.payments.gateway_factory import installed_gateways
from web.pages import FAQ, INDEX, PAGES, TERMS, THANKS, WITHDRAWAL, Page
from web.paths import LOCALES, STATIC, TEMPLATES
from web.render import Renderer

ALL = (*PAGES, THANKS)
EVERYWHERE = [(page, language) for page in ALL for language in page.paths]
NASTY = "<b>&_*\"' {x} {{ 7*7 }}</b>"
VOID = {"meta", "link", "img", "br", "hr", "path", "rect"}


class Outline(HTMLParser):
    """Elements of a page. Fails if the elements are not nested correctly."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


IDENTITY = Identity(
    brand="Retador",
    legal_identity="Ejemplo Digital S.L. · B00000000",
    support_contact="@retador_ayuda",
    base_url="https://retador.example",
    accent="#0b5f66",
    terms_version="2026-11",
    grace_days=5,
)


def plan(name: str = "Retabet", description: str = "Alertas en tiempo real.") -> PlanView:
    return PlanView(
        soft_id="retabet",
        name=name,
        emoji="🎰",
        description=description,
        price=Money(2999, "EUR"),
        recurring=True,
        interval=Interval.MONTH,
        interval_count=1,
        duration_days=None,
    )


def render(
    page: Page,
    language: str = "es",
    *,
    bot: str | None = "RetadorBot",
    plans: Sequence[PlanView] = (plan(),),
    identity: Identity = IDENTITY,
    methods: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> str:
    """Return the HTML of a page."""
    request = Request({"type": "http", "method": "GET", "path": page.paths[language], "headers": []})
    answer = Renderer(identity).page(request, page, language, SiteView(plans=plans, bot_username=bot, methods=methods))
    return bytes(answer.body).decode()


@pytest.mark.parametrize(("page", "language"), EVERYWHERE)
def test_every_page_links_to_the_bot_and_has_no_forms_or_scripts(page: Page, language: str) -> None:
    html = render(page, language)
    outline = Outline(html)
    assert 'href="https://t.me/RetadorBot"' in html
    for absent in ("form", "iframe", "style", "input"):
        assert outline.all(absent) == []
    # Data for search engines, without code.
    assert all(script == {"type": "application/ld+json"} for script in outline.all("script"))
    assert all("style" not in attributes for _, attributes in outline.elements)


@pytest.mark.parametrize(("page", "language"), EVERYWHERE)
def test_pages_have_the_landmarks_for_navigation(page: Page, language: str) -> None:
    outline = Outline(render(page, language))
    assert outline.all("html") == [{"lang": language}]
    assert len(outline.all("h1")) == len(outline.all("main")) == len(outline.all("title")) == 1
    assert next(level for level, _ in outline.elements if level in {"h1", "h2", "h3"}) == "h1"
    assert all("alt" in image for image in outline.all("img"))
    described = [meta["content"] for meta in outline.all("meta") if meta.get("name") == "description"]
    assert [text for text in described if text] == described
    assert len(described) == 1
    assert any(link.get("href") == "#main" for link in outline.all("a"))


@pytest.mark.parametrize("page", PAGES)
def test_indexed_pages_link_to_their_canonical_address_and_translations(page: Page) -> None:
    outline = Outline(render(page, "en"))
    links = {(link["rel"], link.get("hreflang")): link["href"] for link in outline.all("link")}
    assert links["canonical", None] == f"https://retador.example{page.paths['en']}"
    assert links["alternate", "es"] == f"https://retador.example{page.paths['es']}"
    assert links["alternate", "x-default"] == f"https://retador.example{page.paths['es']}"
    assert {"og:title", "og:description", "og:url"} <= {meta.get("property") for meta in outline.all("meta")}


def test_checkout_return_page_is_not_indexed() -> None:
    assert '<meta name="robots" content="noindex">' in render(THANKS)
    assert "Gracias. Vuelve a Telegram" in render(THANKS)


def test_first_screen_of_the_landing_page_has_purpose_audience_price_and_steps() -> None:
    first, _, _ = render(PAGES[0]).partition("</section>")
    for words in ("canal privado de Telegram", "Para quien ya apuesta", "🎰 Retabet", "Desde", "29,99\xa0€/mes", "+18"):
        assert words in first
    assert first.count('class="button"') == 1
    assert "Así es el chat" in first
    assert '<svg viewBox="0 0 ' in first
    assert "Código QR que abre @RetadorBot" in first


@pytest.mark.parametrize(
    ("language", "right", "seller"),
    [
        ("es", "14 días para desistir", "Quién está detrás"),
        ("en", "14 days to withdraw", "About the seller"),
        ("pt", "14 dias de livre resolução", "Quem está por trás"),
        ("pt-br", "14 dias para desistir", "Quem está por trás"),
    ],
)
def test_landing_page_names_the_right_to_withdraw_and_the_seller(language: str, right: str, seller: str) -> None:
    headings = re.findall(r"<h3>([^<]+)</h3>", render(INDEX, language))
    assert headings.index(right) + 1 == headings.index(seller)
    without = replace(IDENTITY, legal_identity="", withdrawal=Scope.OFF)
    assert not {right, seller} & set(re.findall(r"<h3>([^<]+)</h3>", render(INDEX, language, identity=without)))


def test_questions_about_refunds_name_the_right_to_withdraw() -> None:
    _, _, answer = render(FAQ).partition("¿Devolvéis el dinero?")
    assert "Tienes 14 días naturales" in answer.partition("</details>")[0]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("es", "Con Tarjeta y PayPal se renueva automáticamente hasta que canceles; con Cripto pagas cada periodo"),
        ("en", "With Card and PayPal it renews until you cancel; with Crypto you pay each period"),
        ("pt", "Com Cartão e PayPal renova-se automaticamente até cancelares; com Cripto pagas cada período"),
    ],
)
def test_plan_names_the_payment_methods_that_renew_automatically(language: str, line: str) -> None:
    methods = {
        "stripe": {"es": "Tarjeta", "en": "Card", "pt": "Cartão"},
        "paypal": {"es": "PayPal", "en": "PayPal", "pt": "PayPal"},
        "crypto": {"es": "Cripto", "en": "Crypto", "pt": "Cripto"},
    }
    mixed = replace(plan(), methods=tuple(methods), renewing_methods=frozenset({"stripe", "paypal"}))
    assert f"<li>{line}</li>" in render(INDEX, language, plans=[mixed], methods=methods)
    unnamed = render(INDEX, language, plans=[mixed])
    assert "$" not in unnamed.partition("</head>")[2]


def test_first_of_several_plans_is_emphasized() -> None:
    html = render(INDEX, plans=[plan(), plan("Otro"), plan("Tercero")])
    assert html.count('<li class="card first">') == 1
    assert html.count('class="button second"') == 2
    assert '<li class="card first">' not in render(INDEX)


def test_bot_without_a_username_leaves_no_dead_link() -> None:
    for page in ALL:
        html = render(page, bot=None)
        assert "https://t.me/RetadorBot" not in html
        assert "t.me/None" not in html
        assert 'class="button"' not in html
    assert "Estamos preparando el bot" in render(PAGES[0], bot=None)


@pytest.mark.parametrize(("page", "language"), EVERYWHERE)
def test_operators_texts_are_escaped(page: Page, language: str) -> None:
    identity = replace(IDENTITY, brand=NASTY, legal_identity=NASTY, support_contact=NASTY)
    html = render(page, language, identity=identity, plans=[plan(NASTY, NASTY)])
    assert NASTY not in html
    assert "&lt;b&gt;&amp;_*&#34;&#39; {x} {{ 7*7 }}&lt;/b&gt;" in html
    assert Outline(html).all("b") == []


def test_pages_state_that_legal_identity_support_and_plans_are_missing() -> None:
    identity = replace(IDENTITY, legal_identity="", support_contact="")
    for page in PAGES[2:4]:
        html = render(page, identity=identity)
        assert "Retador está en pruebas: no se cobra dinero de verdad" in html
        assert "Mientras dura la prueba no hay contacto de ayuda" in html
    html = render(PAGES[0], identity=identity, plans=[])
    assert "no hay ningún plan a la venta" in html
    assert "Desde" not in html
    assert "Ayuda" not in html


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "nada se cobra automáticamente"),
        ("en", "nothing is charged automatically"),
        ("pt", "nada se cobra automaticamente"),
    ],
)
def test_terms_promise_no_renewal_if_no_method_can_renew(language: str, words: str) -> None:
    assert words in render(TERMS, language)


def test_terms_contain_the_required_information() -> None:
    html = render(PAGES[2])
    for words in (
        "Ejemplo Digital S.L. · B00000000",
        "@retador_ayuda",
        "Versión 2026-11, en vigor desde noviembre de 2026",
        "14 días naturales",
        "El acceso empieza en cuanto pagas. Si desistes a tiempo, te devolvemos todo lo pagado",
        "Desistir del contrato",
        "Juego responsable",
        "mayores de 18 años",
        "/cancelar",
        "final del periodo pagado",
        "Reembolsos",
        "desistimiento",
        "protección de contenido",
        "Sin garantía de resultados",
        "5 días después",
    ):
        assert words in html


SHARED = replace(
    plan("VIP Mensual", "Todos los picks."),
    soft_id="vip-mensual",
    price=Money(999, "USD"),
    recurring=False,
    interval=None,
    duration_days=30,
    opens=("vip",),
    methods=("chain",),
)
LABELS = {"card": {"es": "💳 Tarjeta", "en": "💳 Card"}, "chain": {"es": "₿ Cripto", "en": "₿ Crypto"}}


def structured(html: str) -> list[dict[str, Any]]:
    """Return the structured data for search engines, in order."""
    return [json.loads(text) for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)]


def test_plan_cards_describe_their_plan_and_link_to_it() -> None:
    own = replace(plan(), methods=("card", "chain"), renewing_methods=frozenset({"card"}))
    html = render(INDEX, plans=[own, SHARED], methods=LABELS)
    cards = html.split('<ul class="plans">')[1].split("</section>")[0]
    first, second = cards.split("<h3>")[1:]

    assert 'href="https://t.me/RetadorBot?start=plan_retabet"' in first
    renewal = "Con 💳 Tarjeta se renueva automáticamente hasta que canceles; con ₿ Cripto pagas cada periodo"
    for words in ("Canal propio", renewal):
        assert words in first
    assert "Se paga con" not in first, "the renewal names every method"
    assert 'href="https://t.me/RetadorBot?start=plan_vip-mensual"' in second
    for words in ("Canal compartido", "Un solo pago, sin renovación", "Se paga con ₿ Cripto"):
        assert words in second
    # The texts about all plans hold for a shared channel as well.
    for untrue in ("solo tuyo", "propio canal", "no entra ningún otro cliente"):
        assert untrue not in render(INDEX, plans=[SHARED], methods=LABELS)


def test_landing_page_names_the_lowest_price_and_the_payment_methods() -> None:
    first, _, _ = render(INDEX, plans=[plan(), SHARED], methods=LABELS).partition("</section>")
    assert "Desde <strong>9,99\xa0US$ · 30 días</strong> o <strong>29,99\xa0€/mes</strong>" in first
    assert "Se paga con 💳 Tarjeta · ₿ Cripto" in first
    assert "Se paga con" not in render(INDEX)


def test_structured_data_matches_the_page() -> None:
    html = render(INDEX, plans=[plan(), SHARED])
    seller, first, second, asked = structured(html)
    assert (seller["@type"], seller["name"]) == ("Organization", "Retador")
    assert first["offers"]["price"] == "29.99"
    assert second["offers"] == second["offers"] | {"price": "9.99", "priceCurrency": "USD"}
    assert second["offers"]["url"] == "https://t.me/RetadorBot?start=plan_vip-mensual"
    assert asked["@type"] == "FAQPage"
    shown = unescape(html)
    for question in asked["mainEntity"]:
        assert f"<summary>{question['name']}</summary>" in shown
    (everything,) = structured(render(FAQ, plans=[]))
    assert len(everything["mainEntity"]) == render(FAQ).count("<summary>")
    hostile = structured(render(INDEX, plans=[plan("</script><b>", "x")]))
    assert hostile[1]["name"] == "Retador · </script><b>"


def test_link_preview_shows_brand_and_plans() -> None:
    view = SiteView(plans=[plan(), SHARED], bot_username="RetadorBot")
    renderer = Renderer(replace(IDENTITY, brand=NASTY))
    svg = renderer.preview("es", view)
    for words in ("Picks de apuestas en un canal", "Retabet", "29,99\xa0€/mes", "VIP Mensual", "9,99\xa0US$ · 30 días"):
        assert words in svg
    assert render_png(svg)[:8] == b"\x89PNG\r\n\x1a\n"
    other = renderer.preview("es", replace(view, plans=[SHARED]))
    assert other != svg
    (image,) = [meta["content"] for meta in Outline(render(INDEX)).all("meta") if meta.get("property") == "og:image"]
    assert str(image).startswith("https://retador.example/preview-es.png?v=")


@pytest.mark.parametrize(
    ("version", "since", "said"),
    [
        ("2026-11-03", None, "Versión 2026-11-03, en vigor desde el 3 de noviembre de 2026"),
        ("2026-11b", None, "Versión 2026-11b, en vigor desde noviembre de 2026"),
        ("2026-13", None, "Versión 2026-13<"),
        ("7", None, "Versión 7<"),
        ("1", date(2026, 11, 22), "Versión 1, en vigor desde el 22 de noviembre de 2026"),
        ("2026-11", date(2026, 11, 22), "Versión 2026-11, en vigor desde el 22 de noviembre de 2026"),
    ],
)
def test_terms_show_the_start_date_set_by_the_seller_or_contained_in_the_version(
    version: str, since: date | None, said: str
) -> None:
    assert said in render(TERMS, identity=replace(IDENTITY, terms_version=version, terms_since=since))


def sources() -> Iterator[tuple[str, str]]:
    """Yield the name and the text in lower case of every source file of the pages."""
    for folder, pattern in ((TEMPLATES, "*.html"), (LOCALES, "*.toml"), (STATIC, "**/*.css")):
        for path in sorted(folder.glob(pattern)):
            yield path.name, path.read_text().lower()


def test_site_names_no_provider() -> None:
    for name, text in sources():
        assert [code for code in installed_gateways() if code in text] == [], name


@pytest.mark.parametrize(
    ("language", "words"),
    [("es", "Desistir del contrato"), ("en", "Withdraw from the contract"), ("pt", "Resolver o contrato")],
)
def test_every_page_links_to_the_withdrawal_form(language: str, words: str) -> None:
    for page in PAGES:
        assert f'">{words}</a></li>' in render(page, language)
    assert "?start=withdraw" in render(WITHDRAWAL, language)


def test_withdrawal_form_is_not_linked_if_the_right_to_withdraw_is_disabled() -> None:
    identity = replace(IDENTITY, withdrawal=Scope.OFF)
    for page in PAGES:
        assert "/withdrawal" not in render(page, identity=identity).partition("<footer")[2]
    assert "pierdes el derecho" not in render(TERMS, identity=identity)


@pytest.mark.parametrize(
    ("declared", "words"),
    [(Declarations.CONTENT, "pierdes el derecho de desistimiento"), (Declarations.SERVICE, "la parte proporcional")],
)
def test_terms_explain_the_consequence_of_declarations_required_before_purchase(
    declared: Declarations, words: str
) -> None:
    assert words in render(TERMS, identity=replace(IDENTITY, declarations=declared))
