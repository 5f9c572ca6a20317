"""Sample jobs of referrals, run by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

from features.referrals.jobs import ReferralDue
from subscriptions.domain.ids import PaymentId, new_uuid

JOBS: Final = (ReferralDue(payment_id=PaymentId(new_uuid())),)
