"""What is kept as JSON, with the version it was written in: rows of an older release stay readable."""

from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter

from subscriptions.domain.entities.broadcast import Audience
from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.infrastructure.database.mapping import storable

T = TypeVar("T")
VERSION: Final = 1


class VersionedJson(Generic[T]):
    """`{"v": 1, "data": …}`."""

    def __init__(self, kind: type[T]) -> None:
        self._adapter = TypeAdapter(kind)

    def dump(self, value: T) -> object:
        """JSON as Python values."""
        return {"v": VERSION, "data": storable(self._adapter.dump_python(value, mode="json"))}

    def load(self, value: Any) -> T:
        """Raises ValueError where a newer release wrote what this one does not know."""
        if value.get("v") != VERSION:
            raise ValueError(f"stored in version {value.get('v')!r}, this release reads {VERSION}")
        return self._adapter.validate_python(value["data"])


PICK_CONTENT: Final = VersionedJson(PickContent)
AUDIENCE: Final = VersionedJson(Audience)
PAYMENT_EVENT: Final = VersionedJson(PaymentEvent)
