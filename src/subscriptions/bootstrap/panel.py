"""Wiring of the admin panel, which runs in the bot process."""

from dependency_injector import providers

from subscriptions.application.accounts.see_accounts import SeeAccounts
from subscriptions.application.checkout.start_checkout import StartCheckout
from subscriptions.application.checkout.try_method import TryMethod
from subscriptions.application.expiry.preview_bulk_expiry import PreviewBulkExpiry
from subscriptions.application.expiry.see_bulk_expiry import SeeBulkExpiry
from subscriptions.application.people.keep_dialogues import KeepDialogues
from subscriptions.application.resources.note_chat import NoteChat
from subscriptions.application.vip.see_vip_channel import SeeVipChannel
from subscriptions.bootstrap.desk import DeskContainer
from subscriptions.bootstrap.keyed import trial_marks
from subscriptions.bootstrap.settings.console import ConsoleSettings
from subscriptions.bootstrap.staff_commands import run_command
from subscriptions.bootstrap.vip import VipContainer
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.ports.people_sender import PeopleSender

_core, _desk = DeskContainer.core, DeskContainer.desk


def _console_url(settings: ConsoleSettings) -> str | None:
    return settings.console_url


class PanelContainer(DeskContainer):
    """Use cases of the panel."""

    make = DeskContainer.make.copy()

    vip = nested(VipContainer)
    people_sender: providers.Dependency[PeopleSender] = providers.Dependency()

    # Providers used by other containers, annotated because their type is lost in nested containers.
    note_chat: providers.Provider[NoteChat] = vip.note_chat
    run_command = make(run_command, seal=vip.seal)
    console_url = providers.Callable(_console_url, _core.settings)
    dialogues = make(KeepDialogues)
    accounts = make(SeeAccounts)
    preview = make(PreviewBulkExpiry)
    bulk_expiry = make(SeeBulkExpiry)
    vip_channel = make(SeeVipChannel)
    marks_of_trials = make(trial_marks)
    start_checkout = make(StartCheckout)
    try_method = make(TryMethod)
