"""The languages of PayPal's pages, which want a country with each."""

from typing import Final

_TAGS: Final = (
    "ar-EG cs-CZ da-DK de-DE el-GR en-US en-GB es-ES fi-FI fr-FR fr-CA he-IL hu-HU id-ID it-IT ja-JP ko-KR nl-NL no-NO "
    "pl-PL pt-PT pt-BR ru-RU sk-SK sv-SE th-TH zh-CN zh-HK zh-TW"
)
"""For each language, the country of those who name none comes first."""
_LOCALES: Final = _TAGS.split()
_BY_LOWER: Final = {name.lower(): name for name in _LOCALES}
_BY_LANGUAGE: Final = {name.partition("-")[0]: name for name in reversed(_LOCALES)}


def checkout_locale(language: str) -> str | None:
    """The page's language for an IETF tag such as `es` or `pt-br`; None (the buyer's own) where it is not offered."""
    tag = language.strip().lower().replace("_", "-")
    return _BY_LOWER.get(tag) or _BY_LANGUAGE.get(tag.partition("-")[0])
