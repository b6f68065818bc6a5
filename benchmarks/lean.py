"""The yardstick: the least that a Flask app does for the same pages, with the same libraries and none of ours.

A signed cookie, the current member and their roles, a permission, one or two column queries, Jinja with
autoescape, a CSRF token in every form, and a durable commit. No plugins, no translation, no panels.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, abort, g, redirect, render_template, request, session
from flask_wtf.csrf import CSRFProtect
from jinja2 import DictLoader

TABLES = sa.MetaData()
MEMBER = sa.Table(
    "member",
    TABLES,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("alias", sa.String(40)),
    sa.Column("active", sa.Boolean),
)
ROLE = sa.Table(
    "role",
    TABLES,
    sa.Column("member_id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(20), primary_key=True),
)
THREAD = sa.Table(
    "thread",
    TABLES,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("board", sa.String(12)),
    sa.Column("title", sa.String(120)),
    sa.Column("tier", sa.String(12)),
    sa.Column("alias", sa.String(40)),
    sa.Column("posts_count", sa.Integer),
    sa.Column("last_post_at", sa.DateTime),
    sa.Index("ix_thread_board", "board", "last_post_at"),
    sa.Index("ix_thread_tier", "board", "tier", "last_post_at"),
)
POST = sa.Table(
    "post",
    TABLES,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("thread_id", sa.String(32)),
    sa.Column("number", sa.Integer),
    sa.Column("member_id", sa.String(32)),
    sa.Column("text", sa.Text),
    sa.Column("html", sa.Text),
    sa.Column("published_at", sa.DateTime),
    sa.UniqueConstraint("thread_id", "number"),
)
EVENT = sa.Table(
    "event",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(40)),
    sa.Column("payload", sa.Text),
)

FTS5 = "CREATE VIRTUAL TABLE found USING fts5(text, content='', tokenize='unicode61')"

TEMPLATES = {
    "base.html": """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{% block title %}{% endblock %}
 – Lean</title><link rel="stylesheet" href="{{ url_for('static', filename='app.css') }}"></head><body>
<a href="#main">Skip to main content</a><header><a href="/">Lean</a><nav><ul>
{% for path, words in [('/', 'Home'), ('/boards', 'Boards'), ('/alerts', 'Alerts'), ('/police', 'Police')] %}
<li><a href="{{ path }}">{{ words }}</a></li>{% endfor %}</ul></nav>
{% if member %}<a href="/account">{{ member.alias }}</a>{% else %}<a href="/sign-in">Sign in</a>{% endif %}</header>
<main id="main">{% for message in get_flashed_messages() %}<p>{{ message }}</p>{% endfor %}
{% block main %}{% endblock %}</main><footer><a href="/help">Help</a> <a href="/privacy">Privacy</a></footer>
</body></html>""",
    "board.html": """{% extends "base.html" %}{% block title %}{{ board }}{% endblock %}{% block main %}
<h1>{{ board }}</h1>
{% if writes %}<a href="{{ url_for('board', code=board) }}/new">Write on this board</a>{% endif %}<ul>
{% for row in rows %}<li><a href="/threads/{{ row.id }}"><span>{{ row.title }}</span>
<span>{% if row.tier == 'public' %}<b>Public notice</b>{% endif %}<span>{{ row.alias }}</span>
<span>{{ row.posts_count - 1 }} replies</span><span>{{ row.last_post_at.strftime('%d %b %Y') }}</span></span></a></li>
{% endfor %}</ul>{% endblock %}""",
    "search.html": """{% extends "base.html" %}{% block title %}Search{% endblock %}{% block main %}<h1>Search</h1>
<form><input name="q" value="{{ wanted }}"><button>Search</button></form><ul>{% for row in rows %}<li>
<a href="/threads/{{ row.thread_id }}#post-{{ row.number }}">{{ row.text[:160] }}</a>
<span>{{ row.alias }} {{ row.published_at.strftime('%d %b %Y') }}</span></li>{% endfor %}</ul>{% endblock %}""",
    "thread.html": """{% extends "base.html" %}{% block title %}{{ thread.title }}{% endblock %}{% block main %}
<h1>{{ thread.title }}</h1>{% for post in posts %}<article id="post-{{ post.number }}">
<div><b>{{ post.alias }}</b> <a href="/threads/{{ thread.id }}#post-{{ post.number }}">
{{ post.published_at.strftime('%d %b %Y, %H:%M') }} #{{ post.number }}</a></div><div>{{ post.html|safe }}</div>
<div><a href="/threads/{{ thread.id }}?quote={{ post.number }}">Quote</a>
{% if post.member_id == member.id %}<a href="/posts/{{ post.id }}/withdraw">Withdraw</a>
{% else %}<a href="/posts/{{ post.id }}/report">Report</a>{% endif %}</div></article>{% endfor %}
{% if writes %}<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<label>Your text <textarea name="text"></textarea></label><button>Reply</button></form>{% endif %}{% endblock %}""",
}


def make_lean(file: Path) -> tuple[Flask, sa.Engine]:
    """Return the lean app on a SQLite file, with the same promises of durability as ours."""
    app = Flask("lean")
    app.config.update(SECRET_KEY="0" * 64, WTF_CSRF_TIME_LIMIT=None, TEMPLATES_AUTO_RELOAD=False)
    app.jinja_loader = DictLoader(TEMPLATES)
    CSRFProtect(app)
    engine = sa.create_engine(f"sqlite:///{file}")
    sa.event.listen(engine, "connect", _prepare)
    TABLES.create_all(engine)
    with engine.begin() as db:
        db.exec_driver_sql(FTS5)
    app.extensions["engine"] = engine
    app.teardown_appcontext(_close)
    app.add_url_rule("/boards/<code>", "board", board)
    app.add_url_rule("/search", "search", search)
    app.add_url_rule("/threads/<thread_id>", "thread", thread)
    app.add_url_rule("/threads/<thread_id>", "reply", reply, methods=["POST"])
    app.after_request(_headers)
    app.context_processor(lambda: {"member": g.get("member")})
    return app, engine


def _prepare(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _db() -> sa.Connection:
    if "db" not in g:
        from flask import current_app

        g.db = current_app.extensions["engine"].connect()
    found: sa.Connection = g.db
    return found


def _close(_problem: BaseException | None) -> None:
    if "db" in g:
        g.db.close()


def _headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = "default-src 'self'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


WHO = (
    sa.select(MEMBER.c.id, MEMBER.c.alias, ROLE.c.name)
    .outerjoin(ROLE, ROLE.c.member_id == MEMBER.c.id)
    .where(MEMBER.c.id == sa.bindparam("id"), MEMBER.c.active)
)
LISTED = (
    sa.select(THREAD)
    .where(THREAD.c.board == sa.bindparam("board"))
    .order_by(THREAD.c.last_post_at.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
LISTED_PUBLIC = LISTED.where(THREAD.c.tier == "public")
ONE = sa.select(THREAD.c.id, THREAD.c.title, THREAD.c.last_post_at).where(THREAD.c.id == sa.bindparam("id"))
POSTS = (
    sa.select(POST.c.id, POST.c.number, POST.c.member_id, POST.c.html, POST.c.published_at, MEMBER.c.alias)
    .outerjoin(MEMBER, MEMBER.c.id == POST.c.member_id)
    .where(POST.c.thread_id == sa.bindparam("id"))
    .order_by(POST.c.number)
    .limit(21)
)
FOUND = sa.text(
    "SELECT post.thread_id, post.number, post.text, post.published_at, member.alias FROM found "
    "JOIN post ON post.rowid = found.rowid LEFT JOIN member ON member.id = post.member_id "
    "WHERE found MATCH :wanted ORDER BY rank LIMIT 21"
).columns(POST.c.thread_id, POST.c.number, POST.c.text, POST.c.published_at, MEMBER.c.alias)
NEWEST = sa.select(sa.func.max(THREAD.c.last_post_at)).where(
    THREAD.c.board == sa.bindparam("board"), THREAD.c.tier == "public"
)


def _may(permission: str) -> bool:
    if "roles" not in g:
        rows = _db().execute(WHO, {"id": session["member"]}).all() if "member" in session else []
        g.member = rows[0] if rows else None
        g.roles = {row.name for row in rows}
    return permission in ("read", "write") and "verified" in g.roles


def board(code: str) -> Any:
    """Show 30 threads of a board."""
    is_reader = _may("read")
    tag = None
    if not is_reader:
        newest = _db().scalar(NEWEST, {"board": code})
        tag = hashlib.sha256(f"{newest}".encode()).hexdigest()
        if tag in request.if_none_match:
            unchanged = Response(status=304)
            unchanged.set_etag(tag)
            return unchanged
    rows = _db().execute(LISTED if is_reader else LISTED_PUBLIC, {"board": code, "most": 31}).all()
    answer = Response(render_template("board.html", board=code, rows=rows[:30], writes=_may("write")))
    if tag:
        answer.set_etag(tag)
    return answer


def search() -> str:
    """Show the best 20 of the posts that have all words, ranked over all of them."""
    if not _may("read"):
        abort(403)
    wanted = request.args["q"]
    quoted = " ".join(f'"{word}"' for word in wanted.replace('"', "").split())
    rows = _db().execute(FOUND, {"wanted": quoted}).all()
    return render_template("search.html", wanted=wanted, rows=rows[:20])


def thread(thread_id: str) -> str:
    """Show 20 posts of a thread and the form for a reply."""
    if not _may("read"):
        abort(403)
    row = _db().execute(ONE, {"id": thread_id}).one_or_none() or abort(404)
    posts = _db().execute(POSTS, {"id": thread_id}).all()
    return render_template("thread.html", thread=row, posts=posts[:20], writes=_may("write"))


def reply(thread_id: str) -> Any:
    """Write a reply: post, thread, event; one durable commit."""
    import nh3
    from markdown_it import MarkdownIt

    if not _may("write"):
        abort(403)
    text = request.form["text"].strip() or abort(422)
    at = datetime.now(UTC).replace(tzinfo=None)
    html = nh3.clean(MarkdownIt("commonmark", {"html": False}).render(text))
    db = _db()
    bump = sa.update(THREAD).where(THREAD.c.id == thread_id)
    db.execute(bump.values(posts_count=THREAD.c.posts_count + 1, last_post_at=at))
    number = db.scalar(sa.select(THREAD.c.posts_count).where(THREAD.c.id == thread_id))
    post_id = hashlib.sha256(f"{thread_id}{number}".encode()).hexdigest()[:32]
    db.execute(
        sa.insert(POST).values(
            id=post_id,
            thread_id=thread_id,
            number=number,
            member_id=session["member"],
            text=text,
            html=html,
            published_at=at,
        )
    )
    db.execute(sa.insert(EVENT).values(kind="post_published", payload=post_id))
    db.commit()
    return redirect(f"/threads/{thread_id}#post-{number}", 303)
