"""Choice of a language that PayPal's pages support and that is nearest to the customer's language."""

import pytest

from subscriptions.infrastructure.payments.paypal.locales import checkout_locale


@pytest.mark.parametrize(
    ("language", "offered"),
    [
        ("es", "es-ES"),
        ("es-MX", "es-ES"),
        (" EN_us ", "en-US"),
        ("en-gb", "en-GB"),
        ("pt", "pt-PT"),
        ("pt-br", "pt-BR"),
        ("zh", "zh-CN"),
        ("zh-TW", "zh-TW"),
        ("fr-BE", "fr-FR"),
        ("eu", None),
        ("", None),
    ],
)
def test_checkout_page_is_in_the_nearest_supported_language(language: str, offered: str | None) -> None:
    assert checkout_locale(language) == offered
