"""Languages of PayPal's pages, each with a country."""

from typing import Final

_TAGS: Final = (
    "ar-EG cs-CZ da-DK de-DE el-GR en-US en-GB es-ES fi-FI fr-FR fr-CA he-IL hu-HU id-ID it-IT ja-JP ko-KR nl-NL no-NO "
    "pl-PL pt-PT pt-BR ru-RU sk-SK sv-SE th-TH zh-CN zh-HK zh-TW"
)
"""Locales; the first one of each language is the default for a language without a country."""
_LOCALES: Final = _TAGS.split()
_BY_LOWER: Final = {name.lower(): name for name in _LOCALES}
_BY_LANGUAGE: Final = {name.partition("-")[0]: name for name in reversed(_LOCALES)}


def checkout_locale(language: str) -> str | None:
    """Return the page's locale for an IETF tag such as `es` or `pt-br`, or None (the buyer's own) if it is not
    supported.
    """
    tag = language.strip().lower().replace("_", "-")
    return _BY_LOWER.get(tag) or _BY_LANGUAGE.get(tag.partition("-")[0])
