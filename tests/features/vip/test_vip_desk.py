"""Invite link of a customer who requests the status: a refused link is created and sent later by a job."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.routers.entry import EntryDesk
from subscriptions.application.vip.show_vip import ShowVip
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater, UmbralError
from tests.support.vip import VipShop


@pytest.mark.parametrize("refusal", [RetryLater("flood"), Ambiguous("lost"), Permanent("no rights")], ids=repr)
async def test_link_refused_on_renewal_is_created_and_sent_later(refusal: UmbralError) -> None:
    vip = await VipShop.open()
    person = await vip.vip()
    first = await vip.through(person)
    await vip.pass_time(timedelta(hours=25))
    desk = EntryDesk(ShowVip(vip.shop.units, vip.shop.clock, vip.shop.policy), vip.invites)
    vip.maker.errors.append(refusal)

    view = await desk.view(person)
    await vip.work()

    assert view is not None
    assert view.invite_url is None
    (link,) = [item for item in await vip.live_links(person) if item.usable(vip.shop.clock.now())]
    assert link.url != first
    assert len(await vip.shop.notified("vip_entry")) == 1
