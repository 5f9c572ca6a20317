"""What the public channel of a plan says: one template for each language it may be written in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from subscriptions.domain.entities.record_post import PostKind


@dataclass(frozen=True)
class PublicTemplate:
    """Words of one language."""

    digest: Mapping[PostKind, str]
    check: str


PUBLIC_TEMPLATES: Final[Mapping[str, PublicTemplate]] = {
    "es": PublicTemplate(
        digest={
            PostKind.OPENING: "🔏 {plan} · {day:%d/%m/%Y}, antes del primer inicio",
            PostKind.CLOSING: "🔏 {plan} · {day:%d/%m/%Y}, fin del día",
        },
        check="Huella (SHA-256) de las {number} primeras entradas del historial. Con ella cualquiera comprueba"
        " que ninguna cambió después:\n{page}",
    ),
    "en": PublicTemplate(
        digest={
            PostKind.OPENING: "🔏 {plan} · {day:%d/%m/%Y}, before the first start",
            PostKind.CLOSING: "🔏 {plan} · {day:%d/%m/%Y}, end of the day",
        },
        check="Hash (SHA-256) of the first {number} entries of the record. With it anybody can check that none"
        " of them was changed afterwards:\n{page}",
    ),
    "pt": PublicTemplate(
        digest={
            PostKind.OPENING: "🔏 {plan} · {day:%d/%m/%Y}, antes do primeiro início",
            PostKind.CLOSING: "🔏 {plan} · {day:%d/%m/%Y}, fim do dia",
        },
        check="Hash (SHA-256) das primeiras {number} entradas do histórico. Com ela qualquer pessoa verifica"
        " que nenhuma mudou depois:\n{page}",
    ),
}
