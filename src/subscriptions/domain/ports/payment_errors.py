"""What a gateway may raise; no provider's own exception leaves its folder."""

from datetime import datetime, timedelta

from subscriptions.domain.errors import InvalidInput, Permanent, RetryLater, UmbralError


class GatewayError(UmbralError):
    """Base of what a gateway may raise; messages hold no secret, no card, no body. provider: its code."""

    def __init__(self, provider: str, message: str, *, code: str | None = None) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider
        self.code = code


class InvalidSignature(GatewayError):
    """The delivery cannot be proven to come from the provider."""


class UntimelySignature(InvalidSignature):
    """The delivery is the provider's, but its time is too far from ours: it is old, or a clock is wrong.

    signed_at: the provider's time.
    """

    def __init__(self, provider: str, message: str, signed_at: datetime) -> None:
        super().__init__(provider, message)
        self.signed_at = signed_at


class MalformedWebhook(GatewayError):
    """The delivery is proven, or cannot even be tried, and makes no sense."""


class GatewayRejected(GatewayError, Permanent):
    """The provider said no, for good (4xx)."""


class ChargeDeclined(GatewayRejected):
    """The customer's bank did not let a charge through, and what depended on it was not done."""


class GatewayAuthError(GatewayRejected):
    """The provider does not accept our credentials."""


class GatewayUnavailable(GatewayError, RetryLater):
    """The provider could not be reached or is overloaded (timeout, 429, 5xx). after: how long it asked us to wait."""

    def __init__(self, provider: str, message: str, *, code: str | None = None, delay: timedelta | None = None) -> None:
        GatewayError.__init__(self, provider, message, code=code)
        self.delay = delay


class UnreadableAnswer(GatewayUnavailable):
    """The provider answered, and what it said of one object makes no sense: worth another try, and no outage."""


class Misconfigured(InvalidInput):
    """A provider's settings are incomplete or wrong.

    problems: each setting with what to put there, all that were found; field and problem are the first of them.
    """

    def __init__(self, field: str, problem: str, *more: tuple[str, str]) -> None:
        super().__init__(field, problem)
        self.problems = ((field, problem), *more)

    def __str__(self) -> str:
        return "; ".join(f"{field}: {problem}" for field, problem in self.problems)
