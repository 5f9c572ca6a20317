"""Posts about a tip record in its public channel: in quiet hours they are sent without a notification sound."""

from __future__ import annotations

from datetime import datetime

import pytest

from features.record.adapters.public_channel import BotPublicChannel
from subscriptions.domain.entities.post import PostContent
from tests.unit.telegram.test_quiet_hours import DAY, NIGHT, Sending


@pytest.mark.parametrize(("now", "silent"), [(NIGHT, True), (DAY, False)])
async def test_public_post_is_silent_in_quiet_hours(now: datetime, silent: bool) -> None:
    sending = Sending(now)
    await BotPublicChannel(sending.bots, sending.quiet).post("elcanal", PostContent(text="Uno"))
    assert sending.telegram.silent == [silent]
