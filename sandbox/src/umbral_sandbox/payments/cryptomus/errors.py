"""Refusals as the provider words them."""

from umbral_sandbox.payments.cryptomus.records import JsonObject


class CryptomusError(Exception):
    """One error answer: ``{"state": 1}`` with a ``message``, or with ``errors`` by parameter."""

    def __init__(self, message: str, *, status: int = 422, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.errors = errors

    def body(self) -> JsonObject:
        """The JSON body."""
        if self.errors is None:
            return {"state": 1, "message": self.message}
        return {"state": 1, "errors": {name: [*rules] for name, rules in self.errors.items()}}


def invalid(**broken: str) -> CryptomusError:
    """Parameters that break a rule: their name -> the rule's name."""
    errors = {name: [f"validation.{rule}"] for name, rule in broken.items()}
    return CryptomusError(", ".join(f"{name}: {rule}" for name, rule in broken.items()), errors=errors)


def not_found(what: str) -> CryptomusError:
    """There is no such object."""
    return CryptomusError(f"{what} was not found")


def unauthorized(message: str) -> CryptomusError:
    """The merchant or the signature is wrong."""
    return CryptomusError(message, status=401)
