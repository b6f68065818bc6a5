"""W9: search over boards and alerts, inside the reader's permissions."""

from __future__ import annotations

from typing import Any


def test_W9_a_member_finds_a_post_by_a_word_and_sees_it_marked(write: Any, browse: Any, robin: str, wren: str) -> None:
    write(robin, "Two mopeds at the bridge", text="They drove along the towpath without lights.")
    page = browse(wren).get("/search?q=moped").get_data(as_text=True)
    assert "Two <mark>mopeds</mark> at the bridge" in page
    page = browse(wren).get("/search?q=towpaths+light").get_data(as_text=True)
    assert "<mark>towpath</mark> without <mark>lights</mark>" in page
    assert "Nothing found" in browse(wren).get("/search?q=helicopter").get_data(as_text=True)
    assert "Nothing found" in browse().get("/search?q=moped").get_data(as_text=True)
