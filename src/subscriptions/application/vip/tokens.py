"""Lookup of activation codes by the text that a customer enters."""

from typing import Final

from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.code_seal import CodeSeal, fingerprint_of

PLAIN: Final = CodeSeal()


async def find_code(uow: UnitOfWork, seal: CodeSeal, code: str, *, lock: bool = False) -> ActivationToken | None:
    """Return the token of a code. Return None if the code is unknown. The sealed form in which a code is stored is
    never accepted as a code, so a person who can read the database cannot use the codes.
    """
    seal_text = seal.seal(code)
    token = await uow.of(TOKENS_KEY).by_token(seal_text, lock=lock) if seal_text is not None else None
    if token is not None and token.sealed and not token.keyless:
        return token
    plain = await uow.of(TOKENS_KEY).by_token(code, lock=lock)
    if plain is not None and not plain.sealed:
        return plain
    keyless = await uow.of(TOKENS_KEY).by_token(fingerprint_of(code), lock=lock)
    return keyless if keyless is not None and keyless.keyless else None
