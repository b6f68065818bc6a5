"""V15: whoever is verified can begin a new case before the end, and is led there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from flask import Flask

from core import members
from core.database import now, reading, transaction
from core.testing import sign_in
from plugins.verification_docs import queries


def test_V15_the_way_to_renew_is_shown_in_the_last_30_days_only(app: Flask, join: Callable[..., Any]) -> None:
    robin = join("Robin", ward="E05009320")
    for left, is_shown in ((31, False), (30, True), (0, True)):
        with app.app_context(), transaction() as db:
            members.verify(db, robin.id, "E05009320", "test", now().date() + timedelta(days=left))
        for path in ("/", "/account", "/verify"):
            assert ("Renew now" in robin.text(path)) is is_shown, (left, path)


def test_V15_a_new_case_before_the_end_renews_and_the_level_never_drops(
    app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    robin = join("Robin", ward="E05009320")
    end = now() + timedelta(days=365)
    with time_machine.travel(end - timedelta(days=20), tick=True):
        sign_in(robin.client, robin.id)
        heron = join("Heron", roles=["reviewer"])
        assert "Send us 3 papers" in robin.words("/verify?again=1")
        case_id = waiting_case(robin.id)
        assert "Renew now" not in robin.text("/account")  # it is under way
        assert "Bow West" in robin.text("/account")  # and what was proved before still holds
        heron.accept_all(case_id)
        with app.app_context(), reading() as db:
            held = queries.verification(db, robin.id)
        assert held is not None
        assert (held.until_on - end.date()).days > 300
        assert "Renew now" not in robin.text("/verify")
