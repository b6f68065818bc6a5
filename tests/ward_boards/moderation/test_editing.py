"""Writers change their own post: for half an hour, until somebody answers, with all objections asked again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core import permissions
from plugins.ward_boards.moderation import editing
from plugins.ward_boards.moderation.editing import Change

NEW = {"title": "Two mopeds", "text": "They went north."}


@pytest.mark.parametrize("sign_as", ["", "thread_alias"])
def test_W4_writer_changes_a_post_and_readers_see_that(
    browse: Any, robin: str, wren: str, write: Any, rows: Any, sign_as: str
) -> None:
    placed = write(robin, sign_as=sign_as)
    own = browse(robin)
    at = rows("post")[0].published_at
    assert f"/posts/{placed.post_id}/edit" in own.get(f"/threads/{placed.thread_id}").get_data(as_text=True)
    assert own.get(f"/posts/{placed.post_id}/edit").status_code == 200
    assert own.post(f"/posts/{placed.post_id}/edit", data=NEW | {"title": "Three mopeds"}).status_code == 303
    page = browse(wren).get(f"/threads/{placed.thread_id}").get_data(as_text=True)
    assert "Three mopeds" in page
    assert "They went north." in page
    assert "changed</span>" in page
    assert "On the towpath" not in str(rows("post"))
    assert rows("post")[0].published_at == at  # nothing tells when it was changed


def test_W4_others_change_nothing(browse: Any, robin: str, wren: str, officer: str, write: Any, rows: Any) -> None:
    post = write(robin).post_id
    unnamed = write(robin, "Another", sign_as="resident").post_id
    for who, target in ((wren, post), (officer, post), (robin, unnamed)):
        assert browse(who).get(f"/posts/{target}/edit").status_code == 404
        assert browse(who).post(f"/posts/{target}/edit", data=NEW).status_code == 404
    assert browse(None).post(f"/posts/{post}/edit", data=NEW).status_code == 303  # to the sign-in
    assert not any(row.is_changed for row in rows("post"))


def test_W4_after_an_answer_it_is_too_late_and_the_text_is_kept_in_the_form(
    browse: Any, robin: str, wren: str, write: Any, rows: Any
) -> None:
    placed = write(robin)
    browse(wren).post(f"/threads/{placed.thread_id}", data={"text": "So they did", "as": "alias"})
    page = browse(robin).post(f"/posts/{placed.post_id}/edit", data=NEW)
    assert page.status_code == 422
    assert "It is too late to change this post." in page.get_data(as_text=True)
    assert "They went north." in page.get_data(as_text=True)
    assert not rows("post")[0].is_changed


@pytest.mark.parametrize(("sign_as", "limit"), [("", timedelta(minutes=30)), ("thread_alias", timedelta(hours=6))])
def test_W4_time_is_over_after_half_an_hour_or_the_part_of_the_day(
    robin: str, write: Any, writing: Any, rows: Any, sign_as: str, limit: timedelta
) -> None:
    post = write(robin, sign_as=sign_as).post_id
    from datetime import UTC

    at = rows("post")[0].published_at.replace(tzinfo=UTC)
    with writing() as db, pytest.raises(editing.TooLate):
        editing.edit(db, permissions.viewer_of(db, robin), post, Change("New", "New title"), now=at + limit)
    with writing() as db:
        last = at + limit - timedelta(seconds=1)
        editing.edit(db, permissions.viewer_of(db, robin), post, Change("New", "New title"), now=last)
    assert rows("post")[0].text == "New"


def test_W4_objections_count_again(
    browse: Any, robin: str, wren: str, officer: str, write: Any, act: Any, rows: Any
) -> None:
    placed = write(robin)
    own = browse(robin)
    refused = own.post(f"/posts/{placed.post_id}/edit", data=NEW | {"text": "refuse me"})
    assert refused.status_code == 422
    assert "Take the house number out." in refused.get_data(as_text=True)
    assert rows("post")[0].text == "On the towpath."
    own.post(f"/posts/{placed.post_id}/edit", data=NEW | {"text": "hold me"})
    assert (rows("post")[0].state, rows("post")[0].state_note) == ("held", "A name is in it.")
    assert browse(wren).get(f"/threads/{placed.thread_id}").status_code == 404
    assert rows("thread")[0].posts_count == 0
    act(officer, placed.post_id, "restore", reason="fine")
    assert (rows("post")[0].state, rows("thread")[0].posts_count) == ("published", 1)


def test_M8_reported_words_stay_in_the_copy_when_the_writer_changes_them(
    browse: Any, robin: str, wren: str, officer: str, write: Any, report: Any, rows: Any
) -> None:
    placed = write(robin, text="He lives at number nine.")
    report(wren, placed.post_id, "exposes")
    browse(robin).post(f"/posts/{placed.post_id}/edit", data=NEW)
    case = rows("case")[0].id
    browse(officer).post(f"/moderation/cases/{case}/claim")
    page = browse(officer).get(f"/moderation/cases/{case}").get_data(as_text=True)
    assert "What it said when the case came up" in page
    assert "He lives at number nine." in page
    assert "They went north." in page
