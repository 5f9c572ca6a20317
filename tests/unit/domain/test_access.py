"""Check that an access replaces its planned link by the created one, and notifies its customer once per obstacle."""

from __future__ import annotations

from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.events import CustomerHindered, InviteReady
from subscriptions.domain.ids import ChannelId, CustomerId, new_uuid
from tests.fakes.samples import NOON


def waiting() -> Access:
    access = Access.request(CustomerId(new_uuid()), ChannelId(new_uuid()), NOON)
    access.events.drain()
    access.next_invite_id = new_uuid()
    return access


def test_created_invite_link_replaces_the_planned_link_unless_access_has_ended() -> None:
    reported, silent, out = waiting(), waiting(), waiting()
    invite = new_uuid()
    reported.invite(invite)
    silent.mark_invited()
    assert (
        (reported.status, reported.next_invite_id)
        == (silent.status, silent.next_invite_id)
        == (AccessStatus.INVITED, None)
    )
    assert reported.events.drain() == [InviteReady(reported.id, reported.customer_id, invite)]
    assert silent.events.drain() == []

    out.end()
    out.events.drain()
    intended = out.next_invite_id
    out.invite(invite)
    assert (out.status, out.next_invite_id, out.events.drain()) == (AccessStatus.REVOKING, intended, [])


def test_customer_is_notified_once_per_reason_that_prevents_admission() -> None:
    hindered = waiting()
    reported = []
    for what in ("blocked_bot", "blocked_bot", "too_many_channels"):
        assert hindered.hinder(what)
        reported += [event.reason for event in hindered.events.drain() if isinstance(event, CustomerHindered)]
    assert reported == ["blocked_bot", "too_many_channels"]

    another = waiting()
    another.reason = "blocked_bot"
    another.hinder("blocked_bot")
    assert [type(event) for event in another.events.drain()] == [CustomerHindered], "it was not told of that before"
