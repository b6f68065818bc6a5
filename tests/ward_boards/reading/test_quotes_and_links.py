"""Quoting and permanent links, at the borders of pages too."""

from __future__ import annotations

from typing import Any

import pytest

from core import permissions
from core.database import now
from plugins.ward_boards import addresses, conversation, publishing
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.moderation.cases import Ruling

BOW_WEST = "E05009320"


@pytest.fixture
def long_thread(app: Any, writing: Any, robin: str, write: Any) -> tuple[str, list[str]]:
    """Return a thread of 45 posts, and their ids by number."""
    placed = write(robin)
    ids = [placed.post_id]
    for number in range(2, 46):
        with writing() as db:
            viewer = permissions.viewer_of(db, robin)
            view = conversation.thread_view(db, viewer, placed.thread_id)
            assert view is not None
            made = publishing.reply(db, viewer, view, f"Answer number {number}", sign_as="alias", now=now())
        ids.append(made.post_id)
    return placed.thread_id, ids


def test_permanent_link_leads_to_a_page_with_the_post(app: Any, browse: Any, wren: str, long_thread: Any) -> None:
    thread, _ids = long_thread
    reader = browse(wren)
    for number in (1, 2, 19, 20, 21, 22, 39, 40, 41, 45):
        with app.test_request_context():
            address = addresses.of_post(thread, number)
        page = reader.get(address).get_data(as_text=True)
        assert address.endswith(f"#post-{number}")
        assert f'id="post-{number}"' in page
        assert f'href="{address}"' in page  # the link on the post itself is the same


def test_permanent_link_holds_when_an_earlier_post_is_hidden(
    app: Any, browse: Any, wren: str, officer: str, writing: Any, long_thread: Any
) -> None:
    thread, ids = long_thread
    with writing() as db:
        moderation.hide(db, permissions.viewer_of(db, officer), ids[19], Ruling(), now=now())
    with app.test_request_context():
        address = addresses.of_post(thread, 21)
    assert 'id="post-21"' in browse(wren).get(address).get_data(as_text=True)


def test_quote_takes_the_words_from_any_page(browse: Any, wren: str, long_thread: Any) -> None:
    thread, _ids = long_thread
    reader = browse(wren)
    for number in (1, 20, 21, 45):
        page = reader.get(f"/threads/{thread}?quote={number}").get_data(as_text=True)
        box = page.split("<textarea", 1)[1].split("</textarea>", 1)[0]
        assert ("On the towpath." if number == 1 else f"Answer number {number}") in box


def test_hidden_post_is_not_quoted_not_even_by_the_moderator_who_sees_it(
    browse: Any, wren: str, officer: str, writing: Any, long_thread: Any
) -> None:
    thread, ids = long_thread
    with writing() as db:
        moderation.hide(db, permissions.viewer_of(db, officer), ids[4], Ruling(), now=now())
    for who in (wren, officer):
        page = browse(who).get(f"/threads/{thread}?quote=5").get_data(as_text=True)
        assert "This post cannot be quoted." in page
        box = page.split("<textarea", 1)[1].split("</textarea>", 1)[0]
        assert "Answer number 5" not in box
