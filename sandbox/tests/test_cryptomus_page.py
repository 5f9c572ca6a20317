"""Payment page by plain HTTP: its content, and the targets of its buttons."""

from collections.abc import AsyncIterator

import pytest

from tests.support.cryptomus_sandbox_http import CryptoShop, running_crypto_shop


@pytest.fixture
async def shop() -> AsyncIterator[CryptoShop]:
    async with running_crypto_shop(display_name="Retador") as running:
        yield running


async def press(shop: CryptoShop, url: str, button: str) -> str:
    answer = await shop.http.post(f"{url}/{button}", data={"outcome": button})
    assert answer.status_code == 303
    return answer.headers["location"]


async def text(shop: CryptoShop, url: str, language: str = "es") -> str:
    page = await shop.http.get(url, headers={"Accept-Language": language})
    assert page.status_code == 200
    return page.text


async def test_page_shows_address_and_amount(shop: CryptoShop) -> None:
    made = await shop.invoice()
    shown = {
        "es": ("29,99\xa0€", "Dirección"),
        "en-GB,en": ("€29.99", "Address"),
        "pt-PT,pt": ("29,99\xa0€", "Endereço"),
    }
    for language, (amount, word) in shown.items():
        page = await text(shop, made["url"], language)
        for part in (amount, word, "USDT", "tron", "Retador"):
            assert part in page
        for button in ("pay", "under", "over", "decline", "fail", "expire", "cancel"):
            assert f'id="{button}"' in page
        assert "4242" not in page
        assert "https://" not in page


async def test_each_payment_page_button_gives_the_invoice_its_status(shop: CryptoShop) -> None:
    for button, status, step in (
        ("pay", "paid", "paid"),
        ("under", "wrong_amount", "expired"),
        ("over", "paid_over", "paid"),
        ("decline", "fail", "expired"),
        ("fail", "system_fail", "expired"),
        ("expire", "cancel", "expired"),
        ("cancel", "check", "open"),
    ):
        made = await shop.invoice(f"order-{button}")
        await press(shop, made["url"], button)
        assert (await shop.info(made["uuid"]))["status"] == status
        assert f'data-step="{step}"' in await text(shop, made["url"])
        # A final state cannot be changed by further buttons.
        if step != "open":
            assert await press(shop, made["url"], "pay") == made["url"].removeprefix(shop.url)
            assert (await shop.info(made["uuid"]))["status"] == status


async def test_payer_returns_to_the_addresses_of_the_seller(shop: CryptoShop) -> None:
    made = await shop.invoice(url_success="https://shop.example/thanks", url_return="https://shop.example/back")
    assert await press(shop, made["url"], "cancel") == "https://shop.example/back"
    assert await press(shop, made["url"], "pay") == "https://shop.example/thanks"
    assert 'href="https://shop.example/thanks"' in await text(shop, made["url"])


async def test_missing_amount_is_shown_and_can_be_paid(shop: CryptoShop) -> None:
    made = await shop.invoice(is_payment_multiple=True)
    await press(shop, made["url"], "under")
    page = await text(shop, made["url"])
    assert 'id="alert"' in page
    assert "Faltan" in page
    assert "6,00\xa0€" in page
    await press(shop, made["url"], "pay")
    assert (await shop.info(made["uuid"]))["status"] == "paid"


async def test_recurring_payment_can_be_accepted_declined_or_abandoned(shop: CryptoShop) -> None:
    made = await shop.recurrence()
    page = await text(shop, made["url"])
    assert "al mes" in page
    assert 'id="under"' not in page
    declined = await press(shop, made["url"], "decline")
    assert 'id="declined"' in await text(shop, shop.url + declined)
    assert 'data-step="gone"' in await text(shop, shop.url + await press(shop, made["url"], "cancel"))
    await press(shop, made["url"], "pay")
    assert 'data-step="paid"' in await text(shop, made["url"])
    await shop.done("/v1/recurrence/cancel", uuid=made["uuid"])
    assert "ha terminado" in await text(shop, made["url"])


async def test_page_of_an_unknown_invoice_responds_with_404(shop: CryptoShop) -> None:
    assert (await shop.http.get(f"{shop.url}/pay/cryptomus/nothing")).status_code == 404
    assert (await shop.http.post(f"{shop.url}/pay/cryptomus/nothing/pay")).status_code == 404
