"""Errors that a payment gateway may raise. Gateways convert the exceptions of a provider's library to these errors."""

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
    """Error: a webhook delivery cannot be proven to come from the provider."""


class UntimelySignature(InvalidSignature):
    """Error: the timestamp of a signed webhook delivery differs too much from the local time, because the delivery is
    old or a clock is wrong. `signed_at`: the provider's timestamp.
    """

    def __init__(self, provider: str, message: str, signed_at: datetime) -> None:
        super().__init__(provider, message)
        self.signed_at = signed_at


class MalformedWebhook(GatewayError):
    """Error: the content of a webhook delivery cannot be interpreted, either after its origin was verified or because
    its origin cannot be verified without that content.
    """


class GatewayRejected(GatewayError, Permanent):
    """Error: the provider refused the request permanently (4xx)."""


class ChargeDeclined(GatewayRejected):
    """Error: the customer's bank declined a charge. The action that depended on the charge was not carried out."""


class GatewayAuthError(GatewayRejected):
    """Error: the provider rejected Umbral's credentials."""


class GatewayUnavailable(GatewayError, RetryLater):
    """Error: the provider is unreachable or overloaded (timeout, 429, 5xx). `delay`: waiting time that the provider
    requested; None if it requested none.
    """

    def __init__(self, provider: str, message: str, *, code: str | None = None, delay: timedelta | None = None) -> None:
        GatewayError.__init__(self, provider, message, code=code)
        self.delay = delay


class UnreadableAnswer(GatewayUnavailable):
    """Error: the provider's response about one object cannot be interpreted. The call can be retried, and the error
    does not count as an outage of the provider.
    """


class Misconfigured(InvalidInput):
    """Error: the settings of a provider are incomplete or wrong.

    problems: every wrong setting, with the value to use
    field, problem: the first wrong setting and the value to use
    """

    def __init__(self, field: str, problem: str, *more: tuple[str, str]) -> None:
        super().__init__(field, problem)
        self.problems = ((field, problem), *more)

    def __str__(self) -> str:
        return "; ".join(f"{field}: {problem}" for field, problem in self.problems)
