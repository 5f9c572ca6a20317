"""Setting with the channels whose posts are mirrored."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, field_validator

from subscriptions.infrastructure.environment import EnvironmentSettings, comma_list, setting

_MIRROR: Final = re.compile(r"-100\d{5,}:[a-z0-9-]{1,40}\Z")


class MirrorSettings(EnvironmentSettings):
    """Environment settings with the channels whose posts are mirrored."""

    mirrored_channels: Annotated[tuple[str, ...], BeforeValidator(comma_list)] = setting(
        "MIRROR_CHANNELS",
        "your channels whose posts are copied to a plan's channels: -100…:plan, separated by commas",
        es="canales tuyos cuyas publicaciones van a los canales de un plan: -100…:plan, separados por comas",
        default=(),
    )

    @property
    def mirrors(self) -> Mapping[int, frozenset[str]]:
        """Return the source channels, each with the slugs of the plans whose channels show its posts."""
        mirrors: dict[int, frozenset[str]] = {}
        for each in self.mirrored_channels:
            chat, _, plan = each.partition(":")
            mirrors[int(chat)] = mirrors.get(int(chat), frozenset()) | {plan}
        return mirrors

    @field_validator("mirrored_channels")
    @classmethod
    def _chat_and_plan(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if not _MIRROR.match(each):
                raise ValueError("must be like -100…:plan, the channel's number and a plan's soft id")
        return value


SETTINGS: Final = (("bot", MirrorSettings),)
