"""Dependency injection: objects are injected by type, and a parameter's default never replaces a missing object
unnoticed.
"""

from typing import Protocol

import pytest
from dependency_injector import providers

from subscriptions.bootstrap.console import ConsoleContainer
from subscriptions.bootstrap.operator import OperatorContainer
from subscriptions.bootstrap.panel import PanelContainer
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.operator import OperatorSettings
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.wiring import Wiring
from subscriptions.domain.ports.seals import Seals
from tests.unit.bootstrap.test_containers import ENVIRON


class Port(Protocol):
    """Port used by these tests."""


class Adapter:
    """Adapter of the port, which a use case could also have as its default."""


DEFAULT = Adapter()


def make_port() -> Port:
    return Adapter()


def make_adapter() -> Adapter:
    return Adapter()


class UseCase:
    def __init__(self, port: Port = DEFAULT, limit: int = 3) -> None:
        self.port, self.limit = port, limit


def test_constructor_parameter_is_injected_with_the_object_of_its_type() -> None:
    make = Wiring({})
    port = make(make_port)

    use_case = make(UseCase)()

    assert (use_case.port is port(), use_case.limit) == (True, 3)


def test_dependency_of_another_type_is_refused_for_a_parameter_with_a_default() -> None:
    """A provider typed as the adapter does not match a parameter typed as the port."""
    make = Wiring({})
    make(make_adapter)

    with pytest.raises(TypeError, match="UseCase: no provider has the type of 'port'"):
        make(UseCase)


def test_default_of_a_parameter_can_be_passed_explicitly() -> None:
    assert Wiring({})(UseCase, port=providers.Object(DEFAULT))().port is DEFAULT


@pytest.mark.parametrize(
    ("container", "settings"),
    [(ConsoleContainer, WebSettings), (PanelContainer, BotSettings), (OperatorContainer, OperatorSettings)],
    ids=["console", "panel", "command line"],
)
def test_webhook_address_in_a_permitted_network_is_accepted_by_commands_of_each_interface(
    container: type[ConsoleContainer], settings: type[WebSettings]
) -> None:
    environ = {**ENVIRON, "WEBHOOK_NETWORKS": "10.0.0.0/8", "WEBHOOK_KEY": "A" * 43 + "="}
    run_command = container.run_command

    seals: Seals = run_command.kwargs["seals"].cls(load(settings, environ))

    assert seals.check_address("http://10.1.2.3/hook") == "http://10.1.2.3/hook"
    assert seals.unseal(seals.seal("whsec_1")) == "whsec_1"
