"""Locales of Stripe's hosted checkout page, chosen by the customer's language."""

from typing import Final

_LOCALES: Final = (
    "bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro "
    "ru sk sl sv th tr vi zh zh-HK zh-TW"
)
_BY_LOWER: Final = {name.lower(): name for name in _LOCALES.split()} | {"hi": "hi-IN", "no": "nb", "tl": "fil"}


def checkout_locale(language: str) -> str:
    """Return the locale of a page for an IETF tag such as `es` or `pt-br`, or `auto` (the browser's locale) if the
    language is not supported.
    """
    tag = language.strip().lower().replace("_", "-")
    return _BY_LOWER.get(tag) or _BY_LOWER.get(tag.partition("-")[0]) or "auto"
