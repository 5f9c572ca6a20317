"""Which settings the operator may choose at run time, and what they are without that."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from subscriptions.domain.entities.custom_setting import CustomSetting


@dataclass(frozen=True, kw_only=True)
class SettingFacts:
    """One that may be chosen. default: what it is otherwise, by the environment or built in; empty where this process
    cannot say. restarts: the processes that read it at their start alone. choices: all it may be, where it is one of
    a few words. may_be_empty: nothing is a choice, too.
    """

    name: str
    default: str
    restarts: Sequence[str]
    choices: Sequence[str] = ()
    may_be_empty: bool = False


class SettingCatalog(Protocol):
    """The settings that belong to the business. Secrets, logins and addresses are the environment's alone."""

    @abstractmethod
    def names(self) -> Collection[str]:
        """Of all of them, in their order."""

    @abstractmethod
    def facts(self, name: str) -> SettingFacts | None:
        """None where it is none of them."""

    @abstractmethod
    def check(self, name: str, value: str) -> None:
        """By the same field that reads the environment. Raises InvalidInput with the setting's name."""

    @abstractmethod
    def missing_for_invoices(self) -> Sequence[str]:
        """What this process needs before it can issue invoices by records. The worker is to be asked: it alone does."""

    @abstractmethod
    def apply(self, settings: Sequence[CustomSetting]) -> None:
        """Go by them from now on in this process, over the environment; the first time, by all of them."""
