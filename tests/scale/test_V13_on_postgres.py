"""Two people, and codes that are good once, on PostgreSQL: it refuses there too, and a race has one winner."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core import permissions, proposals, second_factor, totp
from core.database import reading, transaction
from core.models import AuditEntry, Member, Proposal, RoleGrant
from core.testing import PASSWORD, SECRET, code, make_member, sign_in


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Let all go together and return what each gave, in order."""
    gate = threading.Barrier(len(acts))
    found: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        gate.wait()
        found[place] = acts[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def address(app: Flask, member_id: str) -> str:
    with app.app_context(), reading() as db:
        return str(db.get_one(Member, member_id).email)


def client_of(app: Flask, member_id: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, member_id)
    return client


def proposed(app: Flask) -> tuple[str, str, list[str]]:
    """Return a proposal's id, the address it is for, and who could confirm it."""
    proposer, newcomer = make_member(app, roles=["admin"]), make_member(app)
    able = [make_member(app, roles=[role]) for role in ("admin", "reviewer", "reviewer", "admin")]
    with app.app_context(), transaction() as db:
        who = permissions.viewer_of(db, proposer)
        return proposals.propose_role(db, who, newcomer, "officer", None), address(app, newcomer), able


def test_V13_four_confirm_at_once_and_one_does(make_app: Callable[..., Flask]) -> None:
    app = make_app({})
    proposal, email, able = proposed(app)
    clients = [client_of(app, each) for each in able]
    path, fields = f"{proposals.PATH}/{proposal}", {"email": email, "verb": "confirm"}
    answers = at_once(*(lambda client=client: client.post(path, data=fields) for client in clients))
    assert [answer.status_code for answer in answers] == [303] * 4
    with app.app_context(), reading() as db:
        done = db.scalar(sa.select(sa.func.count()).where(AuditEntry.verb == "proposal.confirm"))
        given = db.scalar(sa.select(sa.func.count()).where(RoleGrant.role == "officer"))
    assert (done, given) == (1, 1)


@pytest.mark.parametrize("who", ["proposed_by", "member_id"])
def test_V13_postgres_refuses_one_person_for_both(make_app: Callable[..., Flask], who: str) -> None:
    app = make_app({})
    proposal, _email, _able = proposed(app)
    with app.app_context(), pytest.raises(sa.exc.IntegrityError, match="four_eyes"), transaction() as db:
        db.execute(sa.update(Proposal).where(Proposal.id == proposal).values(confirmed_by=sa.column(who)))


@pytest.mark.parametrize("page", ["code", "recovery-code"])
def test_O2_one_code_at_two_browsers_at_once_lets_one_in(make_app: Callable[..., Flask], page: str) -> None:
    app = make_app({})
    member_id = make_member(app)
    with app.app_context(), transaction() as db:
        recovery = second_factor.set_up(db, member_id, totp.sealed(SECRET))[0]
    typed = code() if page == "code" else recovery
    clients = [app.test_client() for _ in range(4)]
    for client in clients:
        client.post("/sign-in", data={"email": address(app, member_id), "password": PASSWORD})
    at_once(*(lambda client=client: client.post(f"{totp.PATH}/{page}", data={"code": typed}) for client in clients))
    assert sorted(client.get("/account").status_code for client in clients) == [200, 303, 303, 303]
