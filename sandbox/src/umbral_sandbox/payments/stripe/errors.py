"""Error responses of the Stripe API."""

from collections.abc import Mapping

from pydantic import JsonValue


class StripeError(Exception):
    """Error response: HTTP status and the members of the ``error`` object."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.headers = dict(headers or {})

    def body(self) -> dict[str, JsonValue]:
        """Return the JSON body, without absent members, as on the wire."""
        error: dict[str, JsonValue] = {"message": self.message, "type": self.kind}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


def missing_resource(kind: str, key: str, param: str = "id", status: int = 404) -> StripeError:
    """Return the error for an unknown id."""
    return StripeError(f"No such {kind}: '{key}'", status=status, code="resource_missing", param=param)


def missing_parameter(param: str) -> StripeError:
    """Return the error for a request without a required parameter."""
    return StripeError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def bad_api_key(key: str) -> StripeError:
    """Return the error for a bearer key that is not the account's."""
    shown = f"{key[:8]}{'*' * max(len(key) - 12, 4)}{key[-4:]}" if len(key) > 12 else "*" * len(key)
    return StripeError(
        f"Invalid API Key provided: {shown}",
        status=401,
        headers={"WWW-Authenticate": 'Basic realm="Stripe"'},
    )


def no_api_key() -> StripeError:
    """Return the error for a request without a bearer key."""
    return StripeError(
        "You did not provide an API key. You need to provide your API key in the Authorization header, "
        "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        status=401,
        headers={"WWW-Authenticate": 'Basic realm="Stripe"'},
    )
