"""Errors that a gateway may raise. A provider's own exceptions never leave its folder."""

from datetime import datetime, timedelta

from subscriptions.domain.errors import InvalidInput, Permanent, RetryLater, UmbralError


class GatewayError(UmbralError):
    """Base of the errors of gateways. Messages contain no secret, card data or request body. `provider`: the provider's
    code.
    """

    def __init__(self, provider: str, message: str, *, code: str | None = None) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider
        self.code = code


class InvalidSignature(GatewayError):
    """Error for a delivery that cannot be proven to come from the provider."""


class UntimelySignature(InvalidSignature):
    """Error for a signed delivery whose timestamp differs too much from the local time: the delivery is old, or a clock
    is wrong. `signed_at`: the provider's timestamp.
    """

    def __init__(self, provider: str, message: str, signed_at: datetime) -> None:
        super().__init__(provider, message)
        self.signed_at = signed_at


class MalformedWebhook(GatewayError):
    """Error for a delivery whose content cannot be interpreted, either after its origin was verified or because its
    origin cannot be verified without that content.
    """


class GatewayRejected(GatewayError, Permanent):
    """Permanent refusal by the provider (4xx)."""


class ChargeDeclined(GatewayRejected):
    """Charge declined by the customer's bank. The action that depended on it was not carried out."""


class GatewayAuthError(GatewayRejected):
    """Rejection of Umbral's credentials by the provider."""


class GatewayUnavailable(GatewayError, RetryLater):
    """Provider unreachable or overloaded (timeout, 429, 5xx). `delay`: waiting time that the provider requested."""

    def __init__(self, provider: str, message: str, *, code: str | None = None, delay: timedelta | None = None) -> None:
        GatewayError.__init__(self, provider, message, code=code)
        self.delay = delay


class UnreadableAnswer(GatewayUnavailable):
    """Unreadable response of the provider about one object. The call can be retried, and the error does not count as an
    outage.
    """


class Misconfigured(InvalidInput):
    """Error for incomplete or wrong settings of a provider.

    problems: every wrong setting, with the value to use
    field, problem: the first wrong setting and the value to use
    """

    def __init__(self, field: str, problem: str, *more: tuple[str, str]) -> None:
        super().__init__(field, problem)
        self.problems = ((field, problem), *more)

    def __str__(self) -> str:
        return "; ".join(f"{field}: {problem}" for field, problem in self.problems)
