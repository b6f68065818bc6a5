"""Drafts: kept sealed for seven days, one per member and place, offered again, and gone when posted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core import privacy
from core.database import now
from core.models import Blob
from core.testing import make_member
from plugins.ward_boards.models import Thread
from plugins.ward_boards.writing import contributions, drafts, happened
from plugins.ward_boards.writing.models import KeptDraft

BOW_WEST, STEPNEY = "E05009320", "E05009334"
NEW = f"/boards/{BOW_WEST}/new"
CANARY = "CanaryDraft77"


def save(browser: Any, thread_form: Any, how: str = "auto", **changes: Any) -> Any:
    return browser.post(NEW, data=thread_form(draft=how, **changes))


def test_W12_what_is_typed_is_saved_and_offered_again(browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    browser = browse(robin)
    typed = {"title": "Half a ti", "text": "They drove", "category": "crime", "half_day": "morning"}
    answer = save(browser, thread_form, **typed, **{"as": "thread_alias"})
    assert (answer.status_code, answer.get_json()) == (200, {"saved": True})
    assert rows("post") == rows("thread") == []
    page = browse(robin).get(NEW).text  # another browser of the same member
    assert "We kept your draft: today." in page
    assert 'value="Half a ti"' in page
    assert ">\r\nThey drove</textarea>" in page or "They drove</textarea>" in page
    assert 'selected value="crime"' in page
    assert 'selected value="morning"' in page
    chosen = page.split('value="thread_alias"')[1].split(">")[0]
    assert "checked" in chosen


def test_W12_draft_is_one_members_on_one_board(browse: Any, robin: str, wren: str, thread_form: Any) -> None:
    save(browse(robin), thread_form, title="Mine alone")
    assert "Mine alone" not in browse(wren).get(NEW).text
    assert "Mine alone" not in browse(robin).get(f"/boards/{STEPNEY}/new").text
    assert browse().get(NEW).status_code == 303


def test_W12_saving_again_replaces(browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    browser = browse(robin)
    save(browser, thread_form, title="First words")
    save(browser, thread_form, title="Second words")
    assert len(rows("draft")) == 1
    page = browser.get(NEW).text
    assert "Second words" in page
    assert "First words" not in page


def test_W12_button_without_script_saves_and_says_so(browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    browser = browse(robin)
    answer = save(browser, thread_form, "save", title="")
    assert (answer.status_code, answer.headers["Location"]) == (303, NEW)
    assert len(rows("draft")) == 1
    assert rows("post") == []
    assert "Draft saved. It stays for 7 days, and only you can see it." in browser.get(NEW).text


def test_W12_thrown_away_draft_is_gone(browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    browser = browse(robin)
    save(browser, thread_form)
    assert save(browser, thread_form, "throw").status_code == 303
    assert rows("draft") == []
    assert "They drove" not in browser.get(NEW).text


def test_W12_posting_deletes_the_draft(browse: Any, robin: str, thread_form: Any, rows: Any, write: Any) -> None:
    browser = browse(robin)
    save(browser, thread_form)
    assert browser.post(NEW, data=thread_form(looked_at="1")).status_code == 303
    assert rows("draft") == []
    thread = f"/threads/{rows('thread')[0].id}"
    browser.post(thread, data={"text": "I will be", "as": "alias", "draft": "auto"})
    assert len(rows("draft")) == 1
    assert browser.post(thread, data={"text": "I will be there.", "as": "alias"}).status_code == 303
    assert rows("draft") == []


def test_W12_empty_draft_is_not_kept(browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    browser = browse(robin)
    save(browser, thread_form)
    save(browser, thread_form, title=" ", text="")
    assert rows("draft") == []


def test_W12_reply_is_kept_per_thread_and_beside_a_quotation(browse: Any, robin: str, wren: str, write: Any) -> None:
    thread, other = write(robin).thread_id, write(robin, title="Another one").thread_id
    browser = browse(wren)
    browser.post(f"/threads/{thread}", data={"text": "I saw them too", "as": "alias", "draft": "auto"})
    assert "I saw them too</textarea>" in browser.get(f"/threads/{thread}").text
    assert "I saw them too" not in browser.get(f"/threads/{other}").text
    assert "I saw them too" not in browse(robin).get(f"/threads/{thread}").text
    quoted = browser.get(f"/threads/{thread}?quote=1").text
    assert "I saw them too" in quoted
    assert "&gt; On the towpath." in quoted


def test_W12_reading_a_page_writes_nothing(browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    browser = browse(robin)
    save(browser, thread_form)
    before = rows("draft")
    for how in ("save", "auto", "throw"):
        browser.get(f"{NEW}?draft={how}&title=Other")
    assert rows("draft") == before


def test_W12_who_may_not_write_may_not_keep(
    browse: Any, fresh: str, robin: str, thread_form: Any, rows: Any, write: Any, writing: Any
) -> None:
    assert save(browse(fresh), thread_form).status_code == 403
    assert save(browse(), thread_form).status_code == 303
    thread = write(robin).thread_id
    with writing() as db:
        db.execute(sa.update(Thread).values(is_locked=True))
    answer = browse(robin).post(f"/threads/{thread}", data={"text": "Too late", "as": "alias", "draft": "auto"})
    assert answer.status_code == 422
    assert rows("draft") == []
    assert len(rows("post")) == 1


@pytest.mark.parametrize("signed", ["alias", "thread_alias", "resident"])
def test_W12_rows_tell_neither_member_nor_thread_nor_word(
    browse: Any, robin: str, write: Any, rows: Any, found_in: Any, signed: str
) -> None:
    thread = write(robin).thread_id
    browse(robin).post(f"/threads/{thread}", data={"text": CANARY, "as": signed, "draft": "auto"})
    (row,) = rows("draft")
    told = f"{row.id} {row.owner} {row.sealed}"
    for secret in (robin, thread, CANARY, signed):
        assert secret not in told
    assert found_in(CANARY.encode()) == []
    assert row.saved_on == happened.today()
    assert {column.name for column in KeptDraft.__table__.columns} == {"id", "owner", "sealed", "saved_on"}


def test_W12_draft_moved_to_another_row_does_not_open(
    browse: Any, robin: str, wren: str, thread_form: Any, writing: Any
) -> None:
    save(browse(robin), thread_form, title="Mine alone")
    with writing() as db:
        key = drafts.key_of(wren, f"board:{BOW_WEST}")
        db.execute(sa.update(KeptDraft).values(id=key, owner=drafts.owner_of(wren)))
    assert "Mine alone" not in browse(wren).get(NEW).text


def test_W12_signature_that_is_gone_is_not_replaced_by_the_alias(
    app: Any, browse: Any, robin: str, thread_form: Any, writing: Any
) -> None:
    browser = browse(robin)
    save(browser, thread_form, **{"as": "no longer offered"})
    page = browser.get(NEW).text
    assert "You cannot sign like this any more." in page
    assert 'name="as" value="alias" checked' not in page


def test_W12_after_seven_days_it_is_deleted_with_its_pictures(
    app: Any, browse: Any, robin: str, upload: Any, photo: Any, rows: Any, looking: Any
) -> None:
    browse(robin).post(NEW, data=upload((photo(), "A gate"), draft="save"))
    assert len(rows("draft_file")) == 1
    for days, left in ((7, 1), (8, 0)):
        with app.app_context():
            contributions.throw_old_drafts(now() + timedelta(days=days))
        assert len(rows("draft")) == left
    assert rows("draft_file") == []
    with looking() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Blob)) == 0


def test_W12_job_is_among_the_regular_ones(app: Any) -> None:
    jobs = app.extensions["boroughwatch"].contributions.jobs
    assert "old_drafts" in {job.name for plugin, job in jobs if plugin == "ward_boards"}


def test_W12_member_gets_and_erases_their_drafts(
    app: Any, browse: Any, robin: str, wren: str, thread_form: Any, rows: Any, looking: Any, writing: Any
) -> None:
    save(browse(robin), thread_form, title="Mine alone")
    save(browse(wren), thread_form, title="Of another")
    with looking() as db:
        kept = [each for each in privacy.export(db, robin)["boards"] if each["what"] == "draft"]
    assert [(each["title"], each["pictures"]) for each in kept] == [("Mine alone", 0)]
    with writing() as db:
        privacy.erase(db, robin)
    assert len(rows("draft")) == 1
    assert "Of another" in browse(wren).get(NEW).text


def test_W12_oldest_of_many_drafts_makes_room(app: Any, writing: Any, robin: str, rows: Any) -> None:
    today = happened.today()
    with writing() as db:
        for number in range(drafts.MOST_DRAFTS + 3):
            kept = drafts.Kept({"text": f"Draft {number}"})
            drafts.save(db, robin, f"thread:{number}", kept, today=today - timedelta(days=50 - number))
    with writing() as db:
        assert drafts.find(db, robin, "thread:0") is None
        assert drafts.find(db, robin, f"thread:{drafts.MOST_DRAFTS + 2}") is not None
    assert len(rows("draft")) == drafts.MOST_DRAFTS


def test_W12_pictures_of_a_draft_are_not_taken_from_anothers(
    app: Any, browse: Any, robin: str, upload: Any, photo: Any, rows: Any, looking: Any
) -> None:
    browse(robin).post(NEW, data=upload((photo(), "A gate"), draft="save"))
    (kept,) = rows("draft_file")
    stranger = make_member(app, "Stranger", ward=STEPNEY)
    answer = browse(stranger).post(NEW, data=upload(**{f"alt_{kept.id}": "Mine now"}))
    assert answer.status_code == 303
    assert rows("attachment") == []
    assert len(rows("draft_file")) == 1
