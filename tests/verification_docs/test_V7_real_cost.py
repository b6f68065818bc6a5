"""V7: a tag is slow on purpose: whoever has database and pepper must spend it anew on each guess of a number."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from core import testing
from core.instance import instance
from plugins.verification_docs.duplicates import tags


def test_V7_a_tag_costs_what_we_say_and_comes_out_the_same(
    app: Flask, real_cost_of_tags: tags.Cost, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (real_cost_of_tags.memory_kib, real_cost_of_tags.passes) == (256 * 1024, 3)
    with app.app_context():
        cheap = tags.document_tag("GB", "925665416")
        monkeypatch.setattr(tags, "COST", real_cost_of_tags)
        begin = time.process_time()
        dear = tags.document_tag("GB", "925 665-416")
        spent = time.process_time() - begin
        assert tags.document_tag("gb", "925665416") == dear
    assert cheap != dear
    # No promise about this machine, only that the work is really done: 768 MiB pass through memory.
    assert spent > 0.05


def test_V7_a_spoilt_pepper_gets_a_sentence_on_pages_and_api(app: Flask, resident: Any, reviewer: Any) -> None:
    (instance(app).config.data_dir / "pepper.key").write_text("short")
    answer = resident.send("id")
    assert answer.status_code == 503
    assert "Please tell an admin" in answer.get_data(as_text=True)
    photo = io.BytesIO()
    Image.new("RGB", (60, 60), "white").save(photo, "PNG")
    photo.seek(0)
    headers = {"Authorization": f"Bearer {testing.api_token(app, resident.id, 'verify')}"}
    data = {"kind": "id", "document": "passport", "document_number": "925665416", "file": (photo, "a.jpg")}
    sent = app.test_client().post("/api/v1/verification/case/evidence", data=data, headers=headers)
    assert sent.status_code == 503
    assert sent.mimetype == "application/problem+json"
