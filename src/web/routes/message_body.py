"""JSON bodies of messages for people and channels."""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints

from subscriptions.domain.entities.post import PostButton, PostContent

BUTTON_TEXT_LIMIT: Final = 64
ROW_LIMIT: Final = 8
ROWS_LIMIT: Final = 100


def _without_nul(text: str) -> str:
    # PostgreSQL cannot store NUL, and the stored text has to equal the sent one.
    if "\x00" in text:
        raise ValueError("must not contain NUL characters")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]


class ButtonIn(BaseModel):
    """Link button below the post."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Text, StringConstraints(min_length=1, max_length=BUTTON_TEXT_LIMIT)]
    url: HttpUrl


Row = Annotated[list[ButtonIn], Field(min_length=1, max_length=ROW_LIMIT)]
"""Row of buttons. Telegram shows at most 8 buttons per row."""


class MessageIn(BaseModel):
    """Message for channels. text: up to 4096 characters, 1024 with a photo."""

    model_config = ConfigDict(extra="forbid")

    text: Text
    photo_url: HttpUrl | None = None
    buttons: Annotated[list[Row], Field(max_length=ROWS_LIMIT)] = []

    def content(self) -> PostContent:
        """Return the content as a domain object. Raises InvalidInput for a text of the wrong length."""
        return PostContent(text=self.text, photo_url=self.photo(), buttons=self.rows())

    def photo(self) -> str | None:
        """Return the URL of the picture; None if there is no picture."""
        return str(self.photo_url) if self.photo_url else None

    def rows(self) -> tuple[tuple[PostButton, ...], ...]:
        """Return the buttons as domain objects."""
        return tuple(tuple(PostButton(item.text, str(item.url)) for item in row) for row in self.buttons)
