"""What somebody is shown who asks where they stand with the VIP channel, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.routers.vip import VipDesk
from subscriptions.application.vip.show_vip import ShowVip
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater, UmbralError
from tests.support.vip import VipShop


@pytest.mark.parametrize("refusal", [RetryLater("flood"), Ambiguous("lost"), Permanent("no rights")], ids=repr)
async def test_a_link_that_is_asked_for_once_more_and_refused_is_made_and_sent_by_itself(refusal: UmbralError) -> None:
    vip = await VipShop.open()
    person = await vip.vip()
    first = await vip.through(person)
    await vip.pass_time(timedelta(hours=25))
    desk = VipDesk(ShowVip(vip.shop.units, vip.shop.clock, vip.shop.policy), vip.entry)
    vip.maker.errors.append(refusal)

    view = await desk.view(person)
    await vip.work()

    assert view is not None
    assert view.invite_url is None
    (link,) = [item for item in await vip.live_links(person) if item.usable(vip.shop.clock.now())]
    assert link.url != first
    assert len(await vip.shop.told("vip_entry")) == 1
