"""Check the decision on whether a customer may join a chat, which is made both for join requests and
for invite links.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.vip_entry import THIRD_STAGE, VipEntry
from subscriptions.domain.ids import ChannelId, CustomerId, new_uuid
from subscriptions.domain.services import access_policy
from tests.fakes.samples import NOON

OUTSIDE = {AccessStatus.PENDING, AccessStatus.INVITED, AccessStatus.ACTION_REQUIRED, AccessStatus.LEFT}
MIDWAY, THROUGH = (1, 2), (3, None)


def access(status: AccessStatus) -> Access:
    made = Access.request(CustomerId(new_uuid()), ChannelId(new_uuid()), NOON)
    made.status = status
    made.ends_at = NOON + timedelta(days=1)
    return made


def entry(stage: int | None) -> VipEntry:
    token = "t" * 64 if stage == THIRD_STAGE else None
    return VipEntry(customer_id=CustomerId(new_uuid()), vip_entry_stage=stage, vip_entry_token=token, created_at=NOON)


@pytest.mark.parametrize("status", AccessStatus)
def test_admission_to_a_personal_channel_depends_only_on_the_access_status(status: AccessStatus):
    held = access(status)

    assert access_policy.may_pass(held, None) is (status in OUTSIDE | {AccessStatus.ACTIVE})
    assert access_policy.may_see_link(held, None) is (status in OUTSIDE)
    # Customers who left get a link when they ask for one.
    waits = OUTSIDE - {AccessStatus.LEFT} | {AccessStatus.FAILED}
    assert access_policy.wants_link(held, None) is (status in waits)


@pytest.mark.parametrize("stage", MIDWAY)
@pytest.mark.parametrize("status", AccessStatus)
def test_customer_with_unfinished_entry_steps_gets_no_admission_and_no_invite_link(status: AccessStatus, stage: int):
    held, ritual = access(status), entry(stage)

    assert not access_policy.may_pass(held, ritual)
    assert not access_policy.may_see_link(held, ritual)
    assert not access_policy.wants_link(held, ritual)


def test_customer_at_the_last_entry_step_without_its_token_is_not_admitted():
    ritual = entry(3)
    assert ritual.has_valid_token
    ritual.vip_entry_token = None

    assert not ritual.has_valid_token
    assert not access_policy.may_pass(access(AccessStatus.INVITED), ritual)
    assert not access_policy.wants_link(access(AccessStatus.INVITED), ritual)


@pytest.mark.parametrize("stage", THROUGH)
@pytest.mark.parametrize("status", AccessStatus)
def test_customer_with_completed_entry_steps_is_admitted_as_without_entry_steps(
    status: AccessStatus, stage: int | None
):
    held, ritual = access(status), entry(stage)

    assert access_policy.may_pass(held, ritual) is access_policy.may_pass(held, None)
    assert access_policy.may_see_link(held, ritual) is access_policy.may_see_link(held, None)
    assert access_policy.wants_link(held, ritual) is access_policy.wants_link(held, None)


def test_customer_without_access_is_not_admitted():
    assert not access_policy.may_pass(None, None)
    assert not access_policy.may_see_link(None, None)
    assert not access_policy.wants_link(None, None)
