"""Dependency container of the use cases for the Mini App."""

from dependency_injector import containers

from features.miniapp.use_cases.enter_app import EnterApp
from features.miniapp.use_cases.press_in_app import AnswerPresses, PressInApp
from features.miniapp.use_cases.show_member import ShowMember
from subscriptions.application.views.show_status import ShowStatus
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested


class MiniAppContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    enter_app = make(EnterApp)
    press_in_app = make(PressInApp)
    answer_presses = make(AnswerPresses)
    show_member = make(ShowMember, show_status=make(ShowStatus))
