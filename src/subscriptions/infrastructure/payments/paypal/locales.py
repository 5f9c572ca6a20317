"""The languages of PayPal's pages, which want a country with each."""

from typing import Final

_COUNTRY: Final = {
    "ar": "EG",
    "cs": "CZ",
    "da": "DK",
    "de": "DE",
    "el": "GR",
    "en": "US",
    "es": "ES",
    "fi": "FI",
    "fr": "FR",
    "he": "IL",
    "hu": "HU",
    "id": "ID",
    "it": "IT",
    "ja": "JP",
    "ko": "KR",
    "nl": "NL",
    "no": "NO",
    "pl": "PL",
    "pt": "PT",
    "ru": "RU",
    "sk": "SK",
    "sv": "SE",
    "th": "TH",
    "zh": "CN",
}
_WHOLE: Final = frozenset(["pt-BR", "en-GB", "fr-CA", "zh-HK", "zh-TW"])


def checkout_locale(language: str) -> str | None:
    """The page's language for an IETF tag such as `es` or `pt-br`; None (the buyer's own) where it is not offered."""
    name, _, region = language.strip().replace("_", "-").partition("-")
    whole = f"{name.lower()}-{region.upper()}"
    if whole in _WHOLE:
        return whole
    country = _COUNTRY.get(name.lower())
    return f"{name.lower()}-{country}" if country else None
