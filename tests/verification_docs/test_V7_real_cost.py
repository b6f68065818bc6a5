"""V7: a tag is slow on purpose: whoever has database and pepper must spend it anew on each guess of a number."""

from __future__ import annotations

import time

import pytest
from flask import Flask

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
