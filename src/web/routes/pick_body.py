"""A pick as it is handed over in JSON."""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints

from subscriptions.domain.entities.pick import PickButton, PickContent

BUTTON_TEXT_LIMIT: Final = 64
ROW_LIMIT: Final = 8
ROWS_LIMIT: Final = 100


def _without_nul(text: str) -> str:
    # PostgreSQL cannot keep it, and what is kept must be what was sent.
    if "\x00" in text:
        raise ValueError("must not contain NUL characters")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]


class ButtonIn(BaseModel):
    """A link under the pick."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Text, StringConstraints(min_length=1, max_length=BUTTON_TEXT_LIMIT)]
    url: HttpUrl


Row = Annotated[list[ButtonIn], Field(min_length=1, max_length=ROW_LIMIT)]
"""Telegram shows at most 8 buttons side by side."""


class PickEdit(BaseModel):
    """What a pick says from now on. text: up to 4096 characters, 1024 with a photo.

    plan is accepted so that a changed body of the POST can be sent as it is; the plan of a pick stays the same.
    """

    model_config = ConfigDict(extra="forbid")

    plan: Text | None = None
    text: Text
    photo_url: HttpUrl | None = None
    buttons: Annotated[list[Row], Field(max_length=ROWS_LIMIT)] = []

    def content(self) -> PickContent:
        """In the domain's words. Raises InvalidInput for a text of the wrong length."""
        return PickContent(
            text=self.text,
            photo_url=str(self.photo_url) if self.photo_url else None,
            buttons=tuple(tuple(PickButton(item.text, str(item.url)) for item in row) for row in self.buttons),
        )


class PickIn(PickEdit):
    """A new pick: with its plan."""

    plan: Text
