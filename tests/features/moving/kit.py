"""Sample jobs of imports, run by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

from features.moving.jobs import AdoptInvited
from subscriptions.domain.ids import new_uuid

JOBS: Final = (AdoptInvited(token_id=new_uuid()),)
