"""Job that is queued when an import code is used."""

from typing import Final

from features.moving.jobs import AdoptInvited
from subscriptions.application.routing import Consequences, on
from subscriptions.domain.entities.activation_token import IMPORT_CAMPAIGN
from subscriptions.domain.events import CodeActivated


def adopt_invited(event: CodeActivated) -> Consequences:
    """Queue the import of the subscription for which a used code was created. Codes that were not created for an import
    are ignored.
    """
    if event.campaign != IMPORT_CAMPAIGN:
        return []
    return [AdoptInvited(token_id=event.token_id).keyed_job(f"adopt:{event.token_id}")]


EVENTS: Final = (on(CodeActivated, adopt_invited),)
