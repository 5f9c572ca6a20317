"""Error responses of the Cryptomus API."""

from umbral_sandbox.payments.cryptomus.records import JsonObject


class CryptomusError(Exception):
    """Error response: ``{"state": 1}`` with a ``message``, or with ``errors`` by parameter."""

    def __init__(self, message: str, *, status: int = 422, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.errors = errors

    def body(self) -> JsonObject:
        """Return the JSON body."""
        if self.errors is None:
            return {"state": 1, "message": self.message}
        return {"state": 1, "errors": {name: [*rules] for name, rules in self.errors.items()}}


def invalid(**broken: str) -> CryptomusError:
    """Return the error for invalid parameters. broken: name of the broken rule, by parameter."""
    errors = {name: [f"validation.{rule}"] for name, rule in broken.items()}
    return CryptomusError(", ".join(f"{name}: {rule}" for name, rule in broken.items()), errors=errors)


def not_found(what: str) -> CryptomusError:
    """Return the error for a missing object."""
    return CryptomusError(f"{what} was not found")


def unauthorized(message: str) -> CryptomusError:
    """Return the error for a wrong merchant or signature."""
    return CryptomusError(message, status=401)
