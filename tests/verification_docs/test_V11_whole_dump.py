"""A thief with a copy of everything the server has opens no paper; a reviewer with their own key does."""

from __future__ import annotations

import io
import logging
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
from flask import Flask

from core import crypto
from core.crypto import Keyring
from core.instance import instance

JPEG = b"\xff\xd8\xff"
SEALED = b"age-encryption.org/v1"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """What the server writes to its log, down to the last detail, as a file among its data."""
    path = tmp_path / "instance" / "server.log"
    path.parent.mkdir(exist_ok=True)
    handler = logging.FileHandler(path)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield path
    root.removeHandler(handler)
    root.setLevel(level)
    handler.close()


def everything(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def keys_in(dump: Path) -> list[str]:
    """Whatever in the dump looks like a key of age, or could be made to one: every text, secret and derived key."""
    found: set[str] = set()
    for _path, content in everything(dump):
        found |= {text.decode() for text in re.findall(rb"(?i)AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+", content)}
    return sorted(found)


def passphrases_in(dump: Path) -> list[str]:
    """Every word of the small files, and what the secret makes of the purposes in use."""
    words: set[str] = set()
    for path, content in everything(dump):
        if len(content) < 4000 and SEALED not in content:
            words |= {word for word in content.decode("utf-8", "ignore").split() if 8 <= len(word) <= 200}
        if path.name == "secret.key":
            keys = Keyring(content.strip())
            words |= {keys.derive(purpose).hex() for purpose in ("evidence", "verification_docs", "vault", "cookie")}
    return sorted(words)


def test_V11_a_dump_of_the_whole_server_opens_no_page_and_a_reviewers_own_key_does(
    app: Flask, resident: Any, reviewer: Any, log: Path, tmp_path: Path
) -> None:
    resident.send_all()
    with app.app_context():
        data = instance().config.data_dir
    (wal,) = data.glob("*.db-wal")
    assert wal.stat().st_size
    dump = tmp_path / "dump"
    shutil.copytree(data, dump)

    names = {path.name for path, _content in everything(dump)}
    assert {"boroughwatch.db", "boroughwatch.db-wal", "secret.key", "server.log"} <= names
    pages = [content for path, content in everything(dump / "vault")]
    assert len(pages) == 3
    assert not any(JPEG in content for _path, content in everything(dump)), "a picture lies about in clear"
    # The sealed pages are in the vault and nowhere else, so a backup that leaves it out holds none.
    assert {path.parent.parent.name for path, content in everything(dump) if content.startswith(SEALED)} == {"vault"}

    # All tables, as text: no key, and the pages are not in there in another form either.
    with sqlite3.connect(dump / "boroughwatch.db") as database:
        rows = "\n".join(database.iterdump())
    assert "verification_docs_reviewer_key" in rows
    assert "AGE-SECRET-KEY" not in rows.upper()

    assert keys_in(dump) == []
    tried = passphrases_in(dump)
    assert len(tried) > 5
    for page in pages:
        # No stanza for a passphrase, so none can help; the attempt is made all the same.
        assert b"\n-> scrypt" not in page
        with pytest.raises(pyrage.DecryptError):
            pyrage.passphrase.decrypt(page, tried[0])
        with pytest.raises(pyrage.DecryptError):
            crypto.unseal(page, crypto.new_age_identity())
        assert crypto.unseal(page, reviewer.identity).startswith(JPEG)


def test_V11_a_search_like_this_one_would_find_a_key(app: Flask, resident: Any, reviewer: Any, tmp_path: Path) -> None:
    dump = tmp_path / "dump"
    dump.mkdir()
    (dump / "notes.txt").write_text(f"do not lose: {reviewer.identity}\n")
    (found,) = keys_in(dump)
    resident.send_all()
    with app.app_context():
        page = next((instance().config.data_dir / "vault").rglob("*.age")).read_bytes()
    assert crypto.unseal(page, found).startswith(JPEG)


def test_V11_no_page_is_kept_in_clear_even_for_a_moment_of_a_reviewers_day(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], log: Path, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    for address in reviewer.pictures(case_id):
        assert reviewer.unsealed(address).startswith(JPEG)
    join("Stork", roles=["reviewer"])
    listed = reviewer.client.post("/review/reseal").get_json()["pages"]
    for page in listed:
        taken = reviewer.client.post(f"/review/reseal/{page['id']}/take").get_data()
        sealed = crypto.seal(crypto.unseal(taken, reviewer.identity), page["recipients"])
        answer = reviewer.client.post(f"/review/reseal/{page['id']}?to={page['to']}", data=io.BytesIO(sealed))
        assert answer.status_code == 200
    with app.app_context():
        data = instance().config.data_dir
    assert not any(JPEG in content for _path, content in everything(data))
    assert reviewer.identity not in log.read_text()
