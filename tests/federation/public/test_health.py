"""What the admin sees of followers: numbers and servers in trouble, and never who follows."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

from core import testing
from core.database import now, reading, transaction
from federation import checks, housekeeping
from federation.public import health, keys
from federation.public.models import PublicActivity


def _page(site: Any, role: str, path: str = "/federation/deliveries") -> Any:
    client = site.borough.app.test_client()
    testing.sign_in(client, testing.make_member(site.borough.app, roles=[role]))
    return client.get(path)


def test_the_admin_sees_numbers_and_servers_and_no_follower(
    site: Any, stranger: Any, snapshot: Any, tables: Any
) -> None:
    site.post(site.follow(stranger.add("anna")))
    site.work()
    stranger.answers = lambda _request: 500
    site.issue(snapshot(audience="public"))
    page = _page(site, "admin").get_data(as_text=True)
    assert f"@alerts@127.0.0.1:{site.borough.port}" in page
    assert stranger.url.removeprefix("http://") in page
    assert "has a fault of its own" in page
    assert "anna" not in page
    assert _page(site, "officer").status_code == 403


def test_the_admin_may_try_all_servers_again_and_others_may_not(
    site: Any, stranger: Any, snapshot: Any, tables: Any
) -> None:
    site.post(site.follow(stranger.add("anna")))
    site.work()
    stranger.answers = lambda _request: 500
    site.issue(snapshot(audience="public"))
    stranger.answers = lambda _request: 202
    for role, status in (("officer", 403), ("admin", 303)):
        client = site.borough.app.test_client()
        testing.sign_in(client, testing.make_member(site.borough.app, roles=[role]))
        assert client.post("/federation/public/retry").status_code == status
    site.work(impatient=False)
    assert stranger.kinds() == ["Accept", "Create"]


def test_everybody_learns_the_name_to_follow(site: Any) -> None:
    assert f"@alerts@127.0.0.1:{site.borough.port}" in site.get("/federation", "text/html").text


def test_a_server_that_asks_for_time_gets_it(site: Any, stranger: Any, snapshot: Any, tables: Any) -> None:
    site.post(site.follow(stranger.add("anna")))
    site.work()
    with site.borough.app.app_context(), transaction() as db:
        db.query(tables.Host).one().down_since = now() - timedelta(days=2)
    stranger.answers = lambda _request: 503
    site.issue(snapshot(audience="public"))
    [host] = site.rows(tables.Host)
    assert timedelta(hours=5) < host.next_at - now() <= timedelta(hours=6)  # down for more than a day


def test_what_had_its_time_is_forgotten(site: Any, stranger: Any, snapshot: Any, tables: Any) -> None:
    anna = stranger.add("anna")
    site.post(site.follow(anna))
    site.issue(snapshot(audience="public"))
    site.change(tables.PublicNote, ends_at=now() - timedelta(seconds=1))
    site.work()
    site.post({"id": f"{anna}#undo", "type": "Undo", "actor": anna, "object": site.follow(anna)})
    with site.borough.app.app_context():
        housekeeping.tidy(now())
        with reading() as db:
            kinds = [row.kind for row in db.query(PublicActivity)]
    assert kinds == ["Delete"]  # the answer that names an account is gone first
    site.change(tables.PublicNote, ends_at=now() - timedelta(days=40))
    with site.borough.app.app_context():
        housekeeping.tidy(now())
    for table in (tables.PublicNote, tables.PublicDelivery, tables.Host, PublicActivity):
        assert site.rows(table) == []


def test_the_doctor_looks_at_the_keys(site: Any) -> None:
    app = site.borough.app
    with app.app_context():
        assert any("followed as @alerts" in each.text for each in checks.findings())
        path = app.extensions["boroughwatch"].config.data_dir / keys.FILE_NAME
        path.chmod(0o644)
        assert any(keys.FILE_NAME in each.text and not each.ok for each in checks.findings())
        shutil.copy(path, path.with_suffix(".old"))
        path.write_text("00")
        assert any("does not open" in each.text for each in checks.findings())


def test_the_limit_for_each_server_goes_by_the_key_a_request_names(site: Any) -> None:
    app = site.borough.app
    for headers, host in (
        ({"Signature": 'keyId="https://One.example/users/a#main-key",headers="date"'}, "one.example"),
        ({"Signature-Input": 'sig1=("@method");keyid="https://two.example:8443/k"'}, "two.example:8443"),
        ({}, ""),
        ({"Signature": 'keyId="urn:x"'}, ""),
    ):
        with app.test_request_context("/actors/alerts/inbox", method="POST", headers=headers):
            assert health.claimed_host() == host
