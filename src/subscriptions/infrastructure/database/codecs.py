"""Codecs for versioned JSON, so that rows written by an older release stay readable."""

from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter

from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.ports.payment_gateway import PaymentEvent, SubscriptionSnapshot
from subscriptions.infrastructure.database.mapping import storable

T = TypeVar("T")
VERSION: Final = 1


class VersionedJson(Generic[T]):
    """Codec for a value that is stored as JSON with a version number: `{"v": 1, "data": …}`."""

    def __init__(self, kind: type[T]) -> None:
        self._adapter = TypeAdapter(kind)

    def dump(self, value: T) -> object:
        """Return the value as JSON-compatible Python objects."""
        return {"v": VERSION, "data": storable(self._adapter.dump_python(value, mode="json"))}

    def load(self, value: Any) -> T:
        """Return the stored value. Raises ValueError if a newer release wrote the value in another version."""
        if value.get("v") != VERSION:
            raise ValueError(f"stored in version {value.get('v')!r}, this release reads {VERSION}")
        return self._adapter.validate_python(value["data"])


POST_CONTENT: Final = VersionedJson(PostContent)
PAYMENT_EVENT: Final = VersionedJson(PaymentEvent)
PROVIDER_REPORT: Final = VersionedJson(SubscriptionSnapshot)
