"""A thief holds the whole database file, but not the secret: can they join hidden posts to members?

The attacks are tried on an honest instance, where they must do no better than chance, and on the same
instance with one mistake planted, where they must succeed: otherwise they would show nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import sqlite3
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from core.database import sql
from core.testing import make_app, make_member, sign_in, work

WARDS = ("E05009320", "E05009332", "E05009324", "E05009336")
MEMBERS = 20
Rows = dict[str, list[dict[str, object]]]
Truth = dict[str, str]
"""Id of a hidden post -> id of the member who wrote it; only the test knows."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """An instance after a busy day: its folder, and who wrote which hidden post."""
    folder = tmp_path_factory.mktemp("house")
    app = make_app(folder)
    draw = random.Random(20260302)  # noqa: S311  # a repeatable day, not a secret
    members = [make_member(app, ward=draw.choice(WARDS)) for _ in range(MEMBERS)]
    clients = {}
    for member in members:
        clients[member] = app.test_client()
        sign_in(clients[member], member)
    truth: Truth = {}
    threads = [open_thread(clients[member], WARDS[0], "alias") for member in draw.sample(members, 3)]
    for as_, times in (("thread_alias", 2), ("resident", 2), ("alias", 1)):
        for _time in range(times):
            # Each round every member writes once, in a new order: activity itself has an order to be found.
            for member in draw.sample(members, MEMBERS):
                before = posts(app)
                reply(clients[member], draw.choice(threads), as_)
                if as_ != "alias":
                    (new,) = posts(app) - before
                    truth[new] = member
    for member in draw.sample(members, 4):
        before = posts(app)
        open_thread(clients[member], WARDS[1], "thread_alias")
        (new,) = posts(app) - before
        truth[new] = member
    work(app)
    with app.app_context():
        sql.engine.dispose()
    return folder, truth


def open_thread(client: object, ward: str, as_: str) -> str:
    form = {"title": "Bins left in the road", "text": "Three last night.", "category": "nuisance", "tier": "verified"}
    form |= {"wards": ward, "as": as_, "shown_tier": "verified", "looked_at": "1"}
    answer = client.post(f"/boards/{ward}/new", data=form)  # type: ignore[attr-defined]
    assert answer.status_code == 303, answer.get_data(as_text=True)[:3000]
    return str(answer.location).split("/threads/")[1][:32]


def reply(client: object, thread: str, as_: str) -> None:
    answer = client.post(f"/threads/{thread}", data={"text": "I heard that too.", "as": as_})  # type: ignore[attr-defined]
    assert answer.status_code == 303, answer.get_data(as_text=True)[:3000]


def posts(app: Flask) -> set[str]:
    with app.app_context(), sql.engine.connect() as connection:
        return set(connection.scalars(sa.text("SELECT id FROM ward_boards_post")))


def stolen(folder: Path) -> Rows:
    """Return every row of every table as the thief sees it, with its rowid where the table has one."""
    database = sqlite3.connect(folder / "boroughwatch.db")
    database.row_factory = sqlite3.Row
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows: Rows = {}
    for name in names:
        try:
            found = database.execute(f'SELECT rowid AS "rowid!", * FROM "{name}"').fetchall()  # noqa: S608
        except sqlite3.OperationalError:
            found = database.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608
        rows[name] = [dict(row) for row in found]
    database.close()
    return rows


def hidden(rows: Rows) -> list[dict[str, object]]:
    return [post for post in rows["ward_boards_post"] if post["member_id"] is None and post["text"]]


def linked_by_any_value(rows: Rows) -> set[tuple[str, str]]:
    """Join a post to a member when one row, or two rows with a value in common, name both.

    Values that more than two rows of a table share (wards, days, threads) single nobody out.
    """
    marks = {str(post[key]): str(post["id"]) for post in hidden(rows) for key in ("id", "ref", "label") if post[key]}
    common = {label for label in marks if sum(label == post["label"] for post in hidden(rows)) > 3}
    marks = {mark: post for mark, post in marks.items() if mark not in common}
    people = {
        str(member[key]): str(member["id"])
        for member in rows["core_member"]
        for key in ("id", "email", "alias", "fs_uniquifier", "password")
    }
    found = set()
    joins: dict[str, set[str]] = {}
    for table_rows in rows.values():
        for row in table_rows:
            text = "\x1f".join(str(value) for key, value in row.items() if key != "rowid!")
            own = {post for mark, post in marks.items() if mark in text}
            them = {member for mark, member in people.items() if mark in text}
            found |= set(product(own, them))
            for value in row.values():
                if isinstance(value, str) and len(value) >= 16 and own | them:
                    ends = joins.setdefault(value, set())
                    ends |= {f"post {post}" for post in own} | {f"member {member}" for member in them}
    for ends in joins.values():
        own = {end[5:] for end in ends if end.startswith("post ")}
        them = {end[7:] for end in ends if end.startswith("member ")}
        if len(own) <= 3 and len(them) == 1:
            found |= set(product(own, them))
    return found


def linked_by_recomputing(rows: Rows) -> set[tuple[str, str]]:
    """Join a post to a member whose ref or name comes out of hashing what the database itself holds."""
    refs = {str(post["ref"]): str(post["id"]) for post in hidden(rows) if post["ref"]}
    threads = {str(post["thread_id"]) for post in hidden(rows)}
    keys = [b""] + [str(value).encode() for row in rows["anonymity_thread_key"] for value in row.values()]
    keys += [bytes.fromhex(str(row["sealed_key"])) for row in rows["anonymity_thread_key"]]
    found = set()
    for member in rows["core_member"]:
        for thread, who in product(threads, ("id", "email", "fs_uniquifier")):
            name = str(member[who])
            for message in (name, f"{name}{thread}", f"{thread}{name}", f"{name}|{thread}", f"32:{thread}{name}"):
                digests = [hashlib.sha256(message.encode()).hexdigest(), hashlib.md5(message.encode()).hexdigest()]  # noqa: S324
                digests += [hmac.new(key, message.encode(), hashlib.sha256).hexdigest() for key in keys]
                found |= {(refs[digest[:32]], str(member["id"])) for digest in digests if digest[:32] in refs}
    return found


def linked_by_order(rows: Rows) -> set[tuple[str, str]]:
    """Return the best guess that puts an order of hidden posts beside an order of members.

    Posts of one kind are ordered by each of their columns, members by each column of each table that
    names one row per member; the pair of orders that a lucky (or well placed) thief would pick counts.
    """
    best: set[tuple[str, str]] = set()
    kinds = {post["kind"] for post in hidden(rows)}
    for kind in kinds:
        of_kind = [post for post in hidden(rows) if post["kind"] == kind]
        for post_column, (_name, ordered) in product(of_kind[0], member_orders(rows).items()):
            by_column = sorted(of_kind, key=lambda post: str(post[post_column]).rjust(40))
            for chunk in range(0, len(by_column), len(ordered)):
                guess = set(zip((str(post["id"]) for post in by_column[chunk:]), ordered, strict=False))
                best = max(best, guess, key=lambda pairs: len(pairs & TRUTH_FOR_SCORING))
    return best


TRUTH_FOR_SCORING: set[tuple[str, str]] = set()
"""The order attack keeps its best guess; a real thief could not even tell which is best."""


def member_orders(rows: Rows) -> dict[str, list[str]]:
    known = {str(member["id"]) for member in rows["core_member"]}
    orders: dict[str, list[str]] = {}
    for table, table_rows in rows.items():
        if not table_rows:
            continue
        naming = [key for key in table_rows[0] if {str(row[key]) for row in table_rows} & known]
        for who, column in product(naming, table_rows[0]):
            named = [row for row in table_rows if str(row[who]) in known]
            ordered = sorted(named, key=lambda row: str(row[column]).rjust(40))
            members = list(dict.fromkeys(str(row[who]) for row in ordered))
            if len(members) > MEMBERS // 2:
                orders[f"{table}.{who} by {column}"] = members
    return orders


Attack = Callable[[Rows], set[tuple[str, str]]]
ATTACKS: list[Attack] = [linked_by_any_value, linked_by_recomputing, linked_by_order]


def hits(attack: Attack, rows: Rows, truth: Truth) -> int:
    """Return how many hidden posts the attack gives to their real writer."""
    TRUTH_FOR_SCORING.clear()
    TRUTH_FOR_SCORING.update(truth.items())
    return len(attack(rows) & TRUTH_FOR_SCORING)


@pytest.mark.parametrize("attack", ATTACKS)
def test_A3_stolen_database_links_no_hidden_post_to_its_writer(house: tuple[Path, Truth], attack: Attack) -> None:
    folder, truth = house
    rows = stolen(folder)
    assert len(truth) == 4 * MEMBERS + 4
    assert {str(post["id"]) for post in hidden(rows)} == set(truth)
    # By luck: the two certain attacks hit nobody; the best of all pairs of orders may hit a few in twenty.
    assert hits(attack, rows, truth) <= (0 if attack is not linked_by_order else 10)


def plant_activity(rows: Rows, truth: Truth) -> None:
    """The mistake of a `last_seen`: one row per member, in the order of their latest visit."""
    residents = {str(post["id"]) for post in hidden(rows) if post["kind"] == "resident"}
    in_time = [post for post in truth if post in residents]
    for post in rows["ward_boards_post"]:
        post["rowid!"] = in_time.index(str(post["id"])) if post["id"] in residents else -1
    rows["core_seen"] = [{"member_id": truth[post], "at": place} for place, post in enumerate(in_time[-MEMBERS:])]


def plant_log(rows: Rows, truth: Truth) -> None:
    """The mistake of an audit that names the actor of a post."""
    rows["core_trace"] = [{"subject": f'{{"post": "{post}"}}', "actor": member} for post, member in truth.items()]


def plant_two_steps(rows: Rows, truth: Truth) -> None:
    """The mistake of a random session id that both sides keep."""
    rows["a_side"] = [{"post_id": post, "session": f"session-{place:030}"} for place, post in enumerate(truth)]
    rows["b_side"] = [
        {"member_id": member, "session": f"session-{place:030}"} for place, member in enumerate(truth.values())
    ]


def plant_plain_hash(rows: Rows, truth: Truth) -> None:
    """The mistake of a hash without a secret."""
    for post in hidden(rows):
        if post["ref"]:
            message = f"{truth[str(post['id'])]}{post['thread_id']}"
            post["ref"] = hashlib.sha256(message.encode()).hexdigest()[:32]


@pytest.mark.parametrize(
    ("plant", "attack", "at_least"),
    [
        (plant_activity, linked_by_order, 15),
        (plant_log, linked_by_any_value, 80),
        (plant_two_steps, linked_by_any_value, 80),
        (plant_plain_hash, linked_by_recomputing, 30),
    ],
)
def test_planted_mistake_is_found_so_that_the_attacks_mean_something(
    house: tuple[Path, Truth], plant: Callable[[Rows, Truth], None], attack: Attack, at_least: int
) -> None:
    folder, truth = house
    rows = stolen(folder)
    plant(rows, truth)
    assert hits(attack, rows, truth) >= at_least


TELLS = ("INSERT INTO core_notice ", "INSERT INTO core_waiting_note ", "UPDATE core_push_subscription ")


@pytest.mark.parametrize("as_", ["thread_alias", "resident"])
def test_A3_nothing_that_is_written_while_a_hidden_post_goes_out_names_its_writer(tmp_path: Path, as_: str) -> None:
    app = make_app(tmp_path)
    member_id = make_member(app, "Canary Wren 77", ward=WARDS[0])
    neighbour = make_member(app, "Quiet Neighbour", ward=WARDS[0])
    client = app.test_client()
    sign_in(client, member_id)
    thread = open_thread(client, WARDS[0], "alias")
    work(app)  # what follows from joining is done before
    with app.app_context(), sql.engine.connect() as connection:
        mine = sa.text("SELECT id, email, alias, fs_uniquifier FROM core_member WHERE id = :id")
        account = connection.execute(mine, {"id": member_id}).one()
        engine = sql.engine
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE")):
            written.append(f"{statement} {parameters}")

    sa.event.listen(engine, "before_cursor_execute", note)
    reply(client, thread, as_)
    open_thread(client, WARDS[0], as_)
    work(app)
    sa.event.remove(engine, "before_cursor_execute", note)
    assert any("INSERT INTO ward_boards_post" in statement for statement in written)
    # Every member of the ward is told of a new thread, its writer too: leaving them out would name them.
    told = [statement for statement in written if statement.startswith(TELLS)]
    assert {who: sum(who in statement for statement in told) for who in (member_id, neighbour)} == dict.fromkeys(
        (member_id, neighbour), len(told) // 2
    )
    for secret in account:
        assert not [statement for statement in written if secret in statement and statement not in told]
