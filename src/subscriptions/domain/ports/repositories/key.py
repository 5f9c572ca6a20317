"""Keys of the repositories that features add to a unit of work."""

from dataclasses import dataclass
from typing import Generic, TypeVar

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True)
class RepositoryKey(Generic[R_co]):
    """Key of one repository: `uow.of(PARTNERS_KEY).get(partner_id)`.

    `name`: unique among all features. The unit of work does not depend on the features; at startup, the `bootstrap`
    code collects each key with the class that implements its port.
    """

    name: str
