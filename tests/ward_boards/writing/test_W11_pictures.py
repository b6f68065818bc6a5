"""Pictures and PDFs on posts: cleaned before anything is stored, seen by those who may read the post, gone with it."""

from __future__ import annotations

import io
import re
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.cleaning.jpeg_size import jpeg_size
from core.database import now
from core.models import Blob
from core.testing import api_token, make_member
from plugins.ward_boards.moments import PART_HOURS
from plugins.ward_boards.writing import attachments

BOW_WEST = "E05009320"
CANARY = b"CanaryStreet99"
ROOT = Path(__file__).resolve().parents[3]
NEW = f"/boards/{BOW_WEST}/new"


@pytest.fixture
def posted(browse: Any, robin: str, upload: Any, photo: Any, rows: Any) -> Any:
    """Return a function that opens a thread with one picture and gives the page, the post and the picture's address."""

    def send(member: str = robin, **changes: Any) -> Any:
        browser = browse(member)
        answer = browser.post(NEW, data=upload((photo(), "A cut lock"), **changes))
        assert answer.status_code == 303, answer.text
        (row,) = rows("attachment")
        return browser, row, f"/posts/{row.post_id}/files/{row.id}.jpg"

    return send


def blobs(looking: Any) -> list[Any]:
    with looking() as db:
        return list(db.execute(sa.select(Blob)).scalars())


def test_W11_picture_is_shown_under_the_post_and_says_nothing_about_its_maker(
    posted: Any, wren: str, browse: Any, rows: Any, found_in: Any, looking: Any
) -> None:
    _browser, row, address = posted()
    page = browse(wren).get(f"/threads/{rows('thread')[0].id}").text
    assert f'<img src="{address}" width="640" height="480" alt="A cut lock" loading="lazy">' in page
    answer = browse(wren).get(address)
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "inline"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    picture = Image.open(io.BytesIO(answer.data))
    assert not picture.getexif()
    assert CANARY not in answer.data
    assert found_in(CANARY) == []
    assert found_in(b"\xff\xd8\xff") == []  # not even the clean picture lies there unsealed
    assert row.number == 1
    assert [blob.owner for blob in blobs(looking)] == ["ward_boards"]


def test_W11_picture_is_asked_for_again_and_not_sent_again(posted: Any, browse: Any, wren: str) -> None:
    _browser, _row, address = posted()
    tag = browse(wren).get(address).headers["ETag"]
    assert browse(wren).get(address, headers={"If-None-Match": tag}).status_code == 304
    assert browse().get(address, headers={"If-None-Match": tag}).status_code == 404


def test_W11_only_readers_of_the_post_get_its_picture(
    app: Any, posted: Any, browse: Any, wren: str, fresh: str, robin: str, write: Any
) -> None:
    browser, row, address = posted()
    other = write(robin, title="Another thread").post_id
    assert browse(wren).get(address).status_code == 200
    assert browse().get(address).status_code == 404
    assert browse(fresh).get(address).status_code == 404
    assert browser.get(f"/posts/{other}/files/{row.id}.jpg").status_code == 404  # not by way of another post
    assert browser.get(f"/posts/{row.post_id}/files/{'0' * 32}.jpg").status_code == 404


def test_W11_picture_of_a_held_post_is_for_its_writer_and_moderators(
    posted: Any, browse: Any, wren: str, officer: str
) -> None:
    browser, _row, address = posted(text="hold me, please")
    assert browser.get(address).status_code == 200
    assert browse(officer).get(address).status_code == 200
    assert browse(wren).get(address).status_code == 404


def test_W11_hidden_keeps_the_picture_and_withdrawn_deletes_it(
    posted: Any, browse: Any, wren: str, officer: str, rows: Any, looking: Any, folder: Path, writing: Any
) -> None:
    browser, row, address = posted()
    with writing() as db:
        db.execute(sa.text("UPDATE ward_boards_post SET state = 'hidden'"))
    assert browse(wren).get(address).status_code == 404
    assert browse(officer).get(address).status_code == 200
    with writing() as db:
        db.execute(sa.text("UPDATE ward_boards_post SET state = 'published'"))
    assert browser.post(f"/posts/{row.post_id}/withdraw").status_code == 303
    assert browser.get(address).status_code == 404
    assert rows("attachment") == []
    assert blobs(looking) == []
    assert not (folder / "files" / "ward_boards" / f"{row.blob_id}.age").exists()


def test_W11_hidden_author_is_not_joined_to_the_picture(
    posted: Any, looking: Any, robin: str, folder: Path, rows: Any
) -> None:
    _browser, row, _address = posted(**{"as": "thread_alias"})
    assert [blob.member_id for blob in blobs(looking)] == [None]
    written = (folder / "files" / "ward_boards" / f"{row.blob_id}.age").stat().st_mtime
    assert written % 86_400 == 0  # the file does not tell the hour either


def test_W11_named_author_takes_the_picture_along_when_they_go(posted: Any, looking: Any, robin: str) -> None:
    posted()
    assert [blob.member_id for blob in blobs(looking)] == [robin]


def test_W11_each_page_of_a_pdf_becomes_a_picture_with_its_words(
    browse: Any, robin: str, upload: Any, pdf: Any, rows: Any, found_in: Any
) -> None:
    assert browse(robin).post(NEW, data=upload((pdf(3), "Minutes"))).status_code == 303
    kept = sorted(rows("attachment"), key=lambda row: row.number)
    assert [row.alt for row in kept] == [f"Minutes, page {number} of 3" for number in (1, 2, 3)]
    assert found_in(CANARY) == []


def test_W11_reply_takes_pictures_too(browse: Any, robin: str, write: Any, upload: Any, photo: Any, rows: Any) -> None:
    thread = write(robin).thread_id
    data = {k: v for k, v in upload((photo(), "The gate")).items() if k.startswith(("file", "alt", "no_faces"))}
    answer = browse(robin).post(f"/threads/{thread}", data={"text": "Here it is.", "as": "alias", **data})
    assert answer.status_code == 303
    assert [row.alt for row in rows("attachment")] == ["The gate"]


def test_W11_without_words_it_is_asked_once_and_then_let_through(
    browse: Any, robin: str, upload: Any, photo: Any, rows: Any
) -> None:
    browser = browse(robin)
    page = browser.post(NEW, data=upload((photo(), "")))
    assert page.status_code == 200
    assert "Say in a few words what each picture shows" in page.text
    assert rows("post") == []
    again = browser.post(NEW, data=upload(alt_asked="1"))  # the picture itself need not be sent again
    assert again.status_code == 303
    assert len(rows("attachment")) == 1
    assert rows("draft") == rows("draft_file") == []


def test_W11_refused_form_keeps_the_cleaned_picture_and_offers_to_remove_it(
    browse: Any, robin: str, wren: str, upload: Any, photo: Any, rows: Any, found_in: Any, looking: Any
) -> None:
    browser = browse(robin)
    page = browser.post(NEW, data=upload((photo(), "A cut lock"), title=""))
    assert page.status_code == 422
    (kept,) = rows("draft_file")
    assert 'value="A cut lock"' in page.text
    assert f'name="remove_{kept.id}"' in page.text
    shown = browser.get(f"/drafts/files/{kept.id}.jpg")
    assert shown.mimetype == "image/jpeg"
    assert browse(wren).get(f"/drafts/files/{kept.id}.jpg").status_code == 404
    assert browse().get(f"/drafts/files/{kept.id}.jpg").status_code == 303
    assert [blob.member_id for blob in blobs(looking)] == [None]
    assert found_in(CANARY) == []
    sent = browser.post(NEW, data=upload(**{f"alt_{kept.id}": "A lock cut in two"}))
    assert sent.status_code == 303
    assert [row.alt for row in rows("attachment")] == ["A lock cut in two"]
    assert rows("draft_file") == []
    assert [blob.id for blob in blobs(looking)] == [rows("attachment")[0].blob_id]
    assert rows("attachment")[0].blob_id != kept.blob_id  # nothing ties the post to the draft


def test_W11_picture_that_is_sent_twice_is_one(browse: Any, robin: str, upload: Any, photo: Any, rows: Any) -> None:
    browser, same = browse(robin), photo()
    page = browser.post(NEW, data=upload((same, "A gate"), preview="1")).text
    assert 'name="file_1"' not in page
    assert 'name="file_2"' in page
    assert browser.post(NEW, data=upload((same, "A gate"), (same, "A gate"))).status_code == 303
    assert len(rows("attachment")) == 1


def test_W11_ticked_picture_is_removed(browse: Any, robin: str, upload: Any, photo: Any, rows: Any) -> None:
    browser = browse(robin)
    browser.post(NEW, data=upload((photo(), "One"), (photo(), "Two"), title=""))
    page = browser.get(NEW).text
    first = re.search(r'id="alt_(\w{32})" name="alt_\w+" value="One"', page)
    assert first
    assert browser.post(NEW, data=upload(**{f"remove_{first[1]}": "1"})).status_code == 303
    assert [row.alt for row in rows("attachment")] == ["Two"]


HOSTILE = run_path(str(ROOT / "tests" / "verification_docs" / "hostile_files.py"))["CORPUS"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a JPEG of nothing", "We could not open the file"),
        ("a PNG that claims 60000 x 60000", "too many dots"),
        ("a PDF with a password", "The PDF has a password"),
        ("a PDF of eleven pages", "more than 10 pages"),
        ("a PNG that is a program", "We could not open the file"),
    ],
)
def test_W11_hostile_file_is_refused_with_a_sentence_that_says_why(
    browse: Any, robin: str, upload: Any, photo: Any, rows: Any, found_in: Any, name: str, says: str
) -> None:
    page = browse(robin).post(NEW, data=upload((photo(), "Good"), (HOSTILE[name][0](), "Bad")))
    assert page.status_code == 422
    assert says in page.text
    assert 'href="#file_2"' in page.text
    assert "They drove along the towpath" in page.text
    assert rows("post") == rows("attachment") == []
    assert len(rows("draft_file")) == 1  # the good one need not be sent again
    assert found_in(CANARY) == []


@pytest.mark.parametrize("name", ["a JPEG that is a web page", "a PDF with script, attachment and hidden words"])
def test_W11_file_that_is_two_things_comes_out_as_a_picture(
    browse: Any, robin: str, upload: Any, rows: Any, found_in: Any, name: str
) -> None:
    browser = browse(robin)
    assert browser.post(NEW, data=upload((HOSTILE[name][0](), "A picture"))).status_code == 303
    row = rows("attachment")[0]
    content = browser.get(f"/posts/{row.post_id}/files/{row.id}.jpg").data
    assert b"<script" not in content
    assert CANARY not in content
    assert found_in(CANARY) == []


def test_W11_a_text_file_is_refused(browse: Any, robin: str, upload: Any) -> None:
    page = browse(robin).post(NEW, data=upload((b"MZ" + CANARY, "x")))
    assert page.status_code == 422
    assert "We cannot use this type of file." in page.text


def test_W11_words_for_a_picture_are_looked_at_like_the_text(
    browse: Any, robin: str, upload: Any, photo: Any, rows: Any
) -> None:
    page = browse(robin).post(NEW, data=upload((photo(), "refuse me")))
    assert page.status_code == 422
    assert rows("post") == []


def test_W11_public_copy_has_no_pictures(app: Any, posted: Any, browse: Any, officer: str, rows: Any) -> None:
    _browser, row, address = posted(officer, tier="public", shown_tier="public")
    assert browse().get(address).status_code == 404
    assert row.id not in browse().get(f"/threads/{rows('thread')[0].id}").text


def test_W11_erasing_a_member_deletes_their_pictures(
    app: Any, posted: Any, robin: str, writing: Any, rows: Any, looking: Any
) -> None:
    from core import privacy

    posted()
    with writing() as db:
        privacy.erase(db, robin)
    assert rows("attachment") == []
    assert blobs(looking) == []


def test_W11_thread_page_asks_no_more_for_posts_with_pictures(
    posted: Any, browse: Any, wren: str, rows: Any, count_queries: Any, write: Any, robin: str
) -> None:
    plain = write(robin, title="Without pictures").thread_id
    posted(title="With a picture")
    pictured = next(row.id for row in rows("thread") if row.title == "With a picture")
    browser = browse(wren)
    found = []
    for thread in (plain, pictured):
        browser.get(f"/threads/{thread}")
        count_queries()
        browser.get(f"/threads/{thread}")
        found.append(count_queries())
    assert found[0] == found[1]
    assert found[0] <= 8


class TestApi:
    """The same by token."""

    def bearer(self, app: Any, member: str, *scopes: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {api_token(app, member, *scopes)}"}

    def test_W11_files_are_added_within_the_hour_and_listed(
        self, app: Any, browse: Any, robin: str, wren: str, write: Any, photo: Any
    ) -> None:
        post, browser = write(robin).post_id, browse()
        mine, theirs = self.bearer(app, robin, "post", "read"), self.bearer(app, wren, "post", "read")
        body = {"file": (io.BytesIO(photo()), "x.jpg"), "alt": "A gate", "no_faces": "1"}
        made = browser.post(f"/api/v1/posts/{post}/files", data=body, headers=mine)
        assert made.status_code == 201, made.text
        (file,) = browser.get(f"/api/v1/posts/{post}", headers=theirs).get_json()["files"]
        assert file | {"id": "", "url": ""} == {"id": "", "url": "", "alt": "A gate", "width": 640, "height": 480}
        picture = browser.get(file["url"], headers=theirs)
        assert picture.mimetype == "image/jpeg"
        assert picture.data.startswith(b"\xff\xd8\xff")
        assert browser.get(file["url"]).status_code == 401

    def test_W11_nobody_adds_files_to_anothers_post(
        self, app: Any, browse: Any, robin: str, wren: str, write: Any, photo: Any, rows: Any
    ) -> None:
        post = write(robin).post_id
        body = {"file": (io.BytesIO(photo()), "x.jpg")}
        answer = browse().post(f"/api/v1/posts/{post}/files", data=body, headers=self.bearer(app, wren, "post"))
        assert answer.status_code == 403
        assert rows("attachment") == []

    @pytest.mark.parametrize(
        ("body", "code"),
        [({}, "no_file"), ({"file": (io.BytesIO(b"\x00" * 10), "x.jpg")}, "wrong_type")],
        ids=["none", "no picture"],
    )
    def test_W11_bad_files_get_a_problem(
        self, app: Any, browse: Any, robin: str, write: Any, body: Any, code: str
    ) -> None:
        post = write(robin).post_id
        answer = browse().post(f"/api/v1/posts/{post}/files", data=body, headers=self.bearer(app, robin, "post"))
        assert answer.status_code == 422
        assert answer.get_json()["code"] == code

    def test_W11_after_the_hour_it_is_too_late(
        self, app: Any, browse: Any, robin: str, write: Any, photo: Any, writing: Any
    ) -> None:
        from datetime import timedelta

        from plugins.ward_boards.models import Post

        post = write(robin).post_id
        with writing() as db:
            db.execute(sa.update(Post).values(published_at=now() - timedelta(hours=PART_HOURS)))
        body = {"file": (io.BytesIO(photo()), "x.jpg")}
        answer = browse().post(f"/api/v1/posts/{post}/files", data=body, headers=self.bearer(app, robin, "post"))
        assert answer.status_code == 409

    def test_W11_post_takes_ten_pictures_at_most(
        self, app: Any, browse: Any, robin: str, write: Any, pdf: Any, rows: Any
    ) -> None:
        post, browser, headers = write(robin).post_id, browse(), self.bearer(app, robin, "post")
        for status in (201, 422):
            body = {"file": (io.BytesIO(pdf(6)), "x.pdf"), "no_faces": "1"}
            assert browser.post(f"/api/v1/posts/{post}/files", data=body, headers=headers).status_code == status
        assert len(rows("attachment")) == 6


def test_W11_readers_without_rights_may_not_even_try(app: Any, browse: Any, fresh: str, robin: str, write: Any) -> None:
    post = write(robin).post_id
    headers = {"Authorization": f"Bearer {api_token(app, make_member(app, 'Plain'), 'post')}"}
    assert browse().post(f"/api/v1/posts/{post}/files", headers=headers).status_code == 403


@given(st.integers(1, 65_000), st.integers(1, 65_000), st.binary(max_size=40))
def test_size_of_a_jpeg_is_read_from_its_header(width: int, height: int, filling: bytes) -> None:
    frame = b"\xff\xc0\x00\x0b\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\x01\x01\x11\x00"
    other = b"\xff\xe0" + (len(filling) + 2).to_bytes(2, "big") + filling
    assert jpeg_size(b"\xff\xd8" + other + frame) == (width, height)


@given(st.binary(max_size=200))
def test_size_of_anything_else_is_nothing_or_a_size(content: bytes) -> None:
    for beginning in (b"", b"\xff\xd8", b"\xff\xd8\xff\xc0"):
        size = jpeg_size(beginning + content)
        assert size is None or min(size) > 0


def test_a_column_of_pictures_is_taken_apart_in_order() -> None:
    text = "2\x1fb\x1f3\x1f4\x1fsecond, with words\x1e1\x1fa\x1f1\x1f2\x1f"
    found = attachments.pictures(text)
    assert [(each.id, each.alt) for each in found] == [("a", ""), ("b", "second, with words")]
    assert attachments.pictures(None) == attachments.pictures("") == ()
