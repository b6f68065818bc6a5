"""Pictures and papers that talk, sent as a member sends them: nothing they whisper reaches a reader, or the disk."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
from PIL import Image

from core.testing import api_token

BOW_WEST = "E05009320"
NEW = f"/boards/{BOW_WEST}/new"
talkative = run_path(str(Path(__file__).parents[2] / "talkative_files.py"))
CORPUS, canaries_in = talkative["CORPUS"], talkative["canaries_in"]


def served(browser: Any, thread: str, headers: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield what a reader gets of a thread and all its pictures: pages, print, API, feed, and every address in them."""
    pages = [f"/threads/{thread}", f"/threads/{thread}/print", f"/boards/{BOW_WEST}"]
    pages += [f"/api/v1/threads/{thread}", f"/api/v1/threads/{thread}/replies", f"/boards/{BOW_WEST}.atom"]
    found: set[str] = set()
    for page in pages:
        answer = browser.get(page, headers=headers if page.startswith("/api/") else {})
        yield page, answer.data + str(answer.headers).encode()
        found |= set(re.findall(r"/(?:api/v1/)?posts/[0-9a-f]{32}/files/[0-9a-f]{32}(?:\.jpg)?", answer.text))
    assert len(found) > 1, "by page and by API"
    for address in sorted(found):
        answer = browser.get(address, headers=headers if address.startswith("/api/") else {})
        assert answer.mimetype == "image/jpeg", address
        assert not Image.open(io.BytesIO(answer.data)).getexif()
        yield address, answer.data + str(answer.headers).encode()


def leaks(what: Iterator[tuple[str, bytes]]) -> list[tuple[str, set[str]]]:
    return [(name, canaries_in(content)) for name, content in what if canaries_in(content)]


def on_disk(folder: Path) -> Iterator[tuple[str, bytes]]:
    return ((path.name, path.read_bytes()) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", CORPUS)
def test_A7_readers_get_no_hidden_word_of_a_file_sent_by_the_form(
    app: Any, kind: str, browse: Any, robin: str, wren: str, upload: Any, rows: Any, folder: Path
) -> None:
    content = CORPUS[kind][0]()
    browser = browse(robin)
    refused = browser.post(NEW, data=upload((content, "A gate"), title=""))
    assert refused.status_code == 422
    (draft,) = rows("draft_file")
    assert canaries_in(browser.get(f"/drafts/files/{draft.id}.jpg").data) == set()
    assert browser.post(NEW, data=upload(**{f"alt_{draft.id}": "A gate"})).status_code == 303
    thread = rows("thread")[0].id
    bearer = {"Authorization": f"Bearer {api_token(app, wren, 'read')}"}
    assert leaks(served(browse(wren), thread, bearer)) == []
    assert leaks(on_disk(folder)) == []


@pytest.mark.parametrize("kind", CORPUS)
def test_A7_readers_get_no_hidden_word_of_a_file_sent_by_the_api(
    app: Any, kind: str, browse: Any, robin: str, wren: str, write: Any, folder: Path
) -> None:
    placed = write(robin)
    mine = {"Authorization": f"Bearer {api_token(app, robin, 'post', 'read')}"}
    body = {"file": (io.BytesIO(CORPUS[kind][0]()), "CanaryStreet99-name;.jpg"), "alt": "A gate", "no_faces": "1"}
    made = browse().post(f"/api/v1/posts/{placed.post_id}/files", data=body, headers=mine)
    assert made.status_code == 201, made.text
    assert canaries_in(made.data) == set()
    bearer = {"Authorization": f"Bearer {api_token(app, wren, 'read')}"}
    assert leaks(served(browse(wren), placed.thread_id, bearer)) == []
    assert leaks(on_disk(folder)) == []


@pytest.mark.parametrize("kind", CORPUS)
def test_A7_the_search_would_find_what_was_not_cleaned(kind: str, tmp_path: Path) -> None:
    made, places = CORPUS[kind]
    (tmp_path / "as-sent.bin").write_bytes(b"\0" * 77 + made())
    assert leaks(on_disk(tmp_path)) == [("as-sent.bin", places)]
