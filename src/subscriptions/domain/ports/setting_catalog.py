"""Port for the settings that the operator may change at run time, and their defaults."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from subscriptions.domain.entities.custom_setting import CustomSetting


@dataclass(frozen=True, kw_only=True)
class SettingFacts:
    """Setting that may be changed at run time.

    default: value from the environment, or the built-in one; empty if this process does not know the default
    restarts: processes that read the setting only at their start
    choices: allowed values, if the setting has a fixed set
    may_be_empty: True if an empty value is allowed
    """

    name: str
    default: str
    restarts: Sequence[str]
    choices: Sequence[str] = ()
    may_be_empty: bool = False


class SettingCatalog(Protocol):
    """Catalog of the business settings that the operator may change. Secrets, logins and addresses can be set by the
    environment only.
    """

    @abstractmethod
    def names(self) -> Collection[str]:
        """Return the names of all settings, in order."""

    @abstractmethod
    def facts(self, name: str) -> SettingFacts | None:
        """Return the default and the constraints of a setting; None if there is no such setting."""

    @abstractmethod
    def value_in_force(self, name: str) -> str:
        """Return the value that a setting has now, as text; empty if it has none."""

    @abstractmethod
    def check(self, name: str, value: str) -> None:
        """Validate a value in the same way as a value from the environment. Raise InvalidInput with the setting's name
        if the value is invalid.
        """

    @abstractmethod
    def has_prerequisites(self, name: str, value: str) -> bool:
        """Return True if this value of the setting requires that the worker has certain other settings."""

    @abstractmethod
    def missing(self) -> Mapping[str, Sequence[str]]:
        """Return the names of required settings that this process lacks, keyed by the setting that requires them. Call
        this method in the worker, which is the process that needs the required settings.
        """

    @abstractmethod
    def apply(self, settings: Sequence[CustomSetting]) -> None:
        """Use these values in this process from now on; they take precedence over the environment. The first call must
        pass all custom settings.
        """
