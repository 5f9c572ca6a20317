"""Texts of the posts in a plan's public channel: one template per supported language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from features.record.domain.record_post import PostKind


@dataclass(frozen=True)
class PublicTemplate:
    """Texts of public posts in one language."""

    digest: Mapping[PostKind, str]
    check: str
    teaser: str
    whole: str
    withdrawn: str
    month: str
    figures: str
    button: str
    care: str


PUBLIC_TEMPLATES: Final[Mapping[str, PublicTemplate]] = {
    "es": PublicTemplate(
        digest={
            PostKind.OPENING: "🔏 {plan} · {day:%d/%m/%Y}, antes del primer inicio",
            PostKind.CLOSING: "🔏 {plan} · {day:%d/%m/%Y}, fin del día",
        },
        check="Huella (SHA-256) de las {number} primeras entradas del historial. Con ella cualquiera comprueba"
        " que ninguna cambió después:\n{page}",
        teaser="👀 {plan}: hay pronóstico",
        whole="📌 {plan}: el pronóstico que anunciamos, entero",
        withdrawn="Se retiró antes de empezar.",
        month="📊 {plan} · {month:%m/%Y}",
        figures="{settled} con resultado · {profit} u · yield {ratio} % · {hits} % de aciertos\nTodos son públicos,"
        " también los fallados:\n{page}",
        button="⭐ Ver el plan",
        care="+18. Lo pasado no asegura lo que viene: apuesta con cabeza.",
    ),
    "en": PublicTemplate(
        digest={
            PostKind.OPENING: "🔏 {plan} · {day:%d/%m/%Y}, before the first start",
            PostKind.CLOSING: "🔏 {plan} · {day:%d/%m/%Y}, end of the day",
        },
        check="Hash (SHA-256) of the first {number} entries of the record. With it anybody can check that none"
        " of them was changed afterwards:\n{page}",
        teaser="👀 {plan}: there is a tip",
        whole="📌 {plan}: the tip that we announced, whole",
        withdrawn="It was withdrawn before its start.",
        month="📊 {plan} · {month:%m/%Y}",
        figures="{settled} settled · {profit} u · yield {ratio}% · hit rate {hits}%\nAll of them are public,"
        " lost ones too:\n{page}",
        button="⭐ See the plan",
        care="18+. The past says nothing about what comes: bet with care.",
    ),
    "pt": PublicTemplate(
        digest={
            PostKind.OPENING: "🔏 {plan} · {day:%d/%m/%Y}, antes do primeiro início",
            PostKind.CLOSING: "🔏 {plan} · {day:%d/%m/%Y}, fim do dia",
        },
        check="Hash (SHA-256) das primeiras {number} entradas do histórico. Com ela qualquer pessoa verifica"
        " que nenhuma mudou depois:\n{page}",
        teaser="👀 {plan}: há prognóstico",
        whole="📌 {plan}: o prognóstico anunciado, inteiro",
        withdrawn="Foi retirado antes de começar.",
        month="📊 {plan} · {month:%m/%Y}",
        figures="{settled} com resultado · {profit} u · yield {ratio}% · {hits}% de acertos\nTodos são públicos,"
        " também os errados:\n{page}",
        button="⭐ Ver o plano",
        care="+18. O passado não garante o que vem: apostar, só com cabeça.",
    ),
}
