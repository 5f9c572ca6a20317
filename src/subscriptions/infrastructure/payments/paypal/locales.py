"""Locales of PayPal's pages, which consist of a language and a country."""

from typing import Final

_TAGS: Final = (
    "ar-EG cs-CZ da-DK de-DE el-GR en-US en-GB es-ES fi-FI fr-FR fr-CA he-IL hu-HU id-ID it-IT ja-JP ko-KR nl-NL no-NO "
    "pl-PL pt-PT pt-BR ru-RU sk-SK sv-SE th-TH zh-CN zh-HK zh-TW"
)
"""Supported locales. The first locale of each language is the default for a language without a country."""
_LOCALES: Final = _TAGS.split()
_BY_LOWER: Final = {name.lower(): name for name in _LOCALES}
_BY_LANGUAGE: Final = {name.partition("-")[0]: name for name in reversed(_LOCALES)}


def checkout_locale(language: str) -> str | None:
    """Return the locale of a page for an IETF tag such as `es` or `pt-br`, or None if the language is not supported;
    the buyer's own locale is used then.
    """
    tag = language.strip().lower().replace("_", "-")
    return _BY_LOWER.get(tag) or _BY_LANGUAGE.get(tag.partition("-")[0])
