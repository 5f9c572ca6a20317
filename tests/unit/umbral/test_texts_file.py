"""Check that text files are read back as written."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from subscriptions.infrastructure.text_files import flat
from umbral.cli.texts import as_toml

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(lambda text: text.strip("\n"))


@given(texts=st.dictionaries(st.sampled_from(["plans.none", "plans.a", "pages.a.b", "pages.a.c"]), TEXT))
def test_text_file_is_read_back_unchanged(texts: dict[str, str]) -> None:
    assert flat(tomllib.loads(as_toml(texts))) == texts
