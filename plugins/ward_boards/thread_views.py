"""Pages of one thread: reading, replying, and opening a new one."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import permissions, posting, wards
from core.contributions import Viewer
from core.database import now, sql, transaction
from core.web.access import public, signed_in, viewer
from plugins.ward_boards import access, addresses, conversation, last_signature, markup, paging, publishing, words
from plugins.ward_boards.addresses import board_or_404
from plugins.ward_boards.categories import all_category_labels, tier_labels
from plugins.ward_boards.conversation import ThreadView, Window
from plugins.ward_boards.forms import ReplyForm, ThreadForm
from plugins.ward_boards.guard import notice
from plugins.ward_boards.guard.notice import Written
from plugins.ward_boards.incidents import services as incidents
from plugins.ward_boards.incidents.services import NoIncident, SignedOtherwise, update_refused
from plugins.ward_boards.incidents.states import NotNow
from plugins.ward_boards.models import HELD, PUBLISHED, VERIFIED
from plugins.ward_boards.moderation import merging
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.publishing import LONGEST_TEXT, Entry, Refused
from plugins.ward_boards.reading import unread
from plugins.ward_boards.search import offering
from plugins.ward_boards.services import Placed, ThreadClosed
from plugins.ward_boards.urgency import urgent_words
from plugins.ward_boards.writing import composing
from plugins.ward_boards.writing.composing import Desk
from plugins.ward_boards.writing.forms import ACCEPT


def register(bp: Blueprint) -> None:
    """Add the pages of threads to the blueprint."""
    bp.add_url_rule("/boards/<code>/new", "compose", compose, methods=["GET", "POST"])
    bp.add_url_rule("/threads/<thread_id>", "thread", thread)
    bp.add_url_rule("/threads/<thread_id>", "reply", reply, methods=["POST"])


@public
def thread(thread_id: str) -> Any:
    """Show a page of a thread's posts with the reply form below."""
    who = viewer()
    view = thread_or_404(who, thread_id)
    form = ReplyForm(formdata=None)
    desk = composing.desk(who, f"thread:{view.id}") if view.takes_replies else None
    if desk is not None:
        desk.fill(form)
    number = _number("quote")
    if number and view.takes_replies:
        form.text.data = "\n\n".join(filter(None, (form.text.data, _quoted(who, view, number))))
    return _thread_page(who, view, form, desk)


@signed_in
def reply(thread_id: str) -> Any:
    """Take a reply: preview it, show 999 and 101 once more when it sounds urgent, or publish it."""
    who = viewer()
    view = thread_or_404(who, thread_id)
    form = ReplyForm()
    form.offer(posting.options(who, view.ward_codes[0]))
    permissions.require(who, access.POST)
    desk = composing.desk(who, f"thread:{view.id}")
    address = url_for("ward_boards.thread", thread_id=view.id, _anchor="reply")
    if view.takes_replies and (said := desk.answer(form, address)):
        return said
    if not desk.take(form):
        return _thread_page(who, view, form, desk), 422
    alarming = urgent_words(form.text.data)
    guarded = _guarded(form, desk, "", view.category)
    if said := notice.police_only(guarded):
        return said
    if "preview" in request.form or desk.asks_alt or guarded.asks or (alarming and not form.confirmed.data):
        shown = markup.render(markup.clean(form.text.data))
        return _thread_page(who, view, form, desk, preview=shown, alarming=alarming, guarded=guarded)
    try:
        with transaction() as db:
            beside = {"beside": desk.alts, "pictured": bool(desk.pieces), "no_faces": form.no_faces.data}
            signed = {"sign_as": form.sign_as.data, **beside}
            placed = publishing.reply(db, who, view, form.text.data, **signed, now=now())
            desk.publish(db, placed.post_id)
            if form.is_update.data:
                incidents.mark_update(db, view, placed.post_id, today=day_of(now()))
    except (Refused, ThreadClosed, posting.UnknownAuthorship) as refusal:
        _explain(form, refusal)
        return _thread_page(who, view, form, desk), 422
    except (SignedOtherwise, NoIncident, NotNow) as refusal:
        form.is_update.errors = [update_refused(refusal)]
        return _thread_page(who, view, form, desk), 422
    last_signature.keep(who, view.ward_codes[:1], form.sign_as.data)
    _tell(placed)
    return redirect(addresses.of_post(placed.thread_id, placed.number), 303)


@signed_in
def compose(code: str) -> Any:
    """Open a thread on a board, and on others if wanted."""
    who = viewer()
    place = board_or_404(code)
    tiers = _tiers_anywhere(who)
    if not permissions.allowed(who, access.POST, code) or not tiers:
        return render_template("ward_boards/needed.html", board=place), 403
    form, desk = ThreadForm(), composing.desk(who, f"board:{code}")
    form.prepare(tiers)
    if not form.is_submitted():
        return _empty_form(who, place, form, desk)
    form.offer(posting.options(who, code))
    form.describe()
    if said := desk.answer(form, url_for("ward_boards.compose", code=code)):
        return said
    if not desk.take(form):
        return _compose_page(place, form, desk), 422
    if form.tier.data not in access.tiers_to_write(who, tuple(form.wards.data)):
        form.tier.errors = [_("You cannot write for these readers on every board you chose.")]
        return _compose_page(place, form, desk), 422
    return _publish(who, place, form, desk)


def _empty_form(who: Viewer, place: wards.WardRow, form: ThreadForm, desk: Desk) -> str:
    """Show the form as it is before anything is typed, or with the draft that was left here."""
    tiers = [tier for tier, _label in form.tier.choices]
    form.sign_as.data = last_signature.last(who, place.code)
    form.wards.data = [place.code]
    form.tier.data = VERIFIED if VERIFIED in tiers else tiers[0]
    desk.fill(form)
    form.tier.data = form.shown_tier.data = form.tier.data if form.tier.data in tiers else tiers[0]
    form.offer(posting.options(who, place.code))
    desk.check_signature(form)
    return _compose_page(place, form, desk)


def _publish(who: Viewer, place: wards.WardRow, form: ThreadForm, desk: Desk) -> Any:
    alarming = urgent_words(f"{form.title.data} {form.text.data}")
    # Without scripts the button still names the readers of the last page: show the right one before it counts.
    other_readers = form.shown_tier.data != form.tier.data
    form.shown_tier.data = form.tier.data
    alike, guarded = offering.unseen(who, form), _guarded(form, desk, form.title.data, form.category.data)
    if said := notice.police_only(guarded):
        return said
    unseen = other_readers or desk.asks_alt or alike or guarded.asks
    if "preview" in request.form or unseen or (alarming and not form.confirmed.data):
        shown: dict[str, Any] = {"preview": markup.render(markup.clean(form.text.data)), "alarming": alarming}
        shown |= {"alike": alike, "guarded": guarded}
        return _compose_page(place, form, desk, other_readers=other_readers, **shown)
    chosen = form.wards.data
    first = [place.code] if place.code in chosen else []
    entry = Entry(
        title=form.title.data,
        text=form.text.data,
        ward_codes=(*first, *(code for code in chosen if code not in first)),
        category=form.category.data,
        tier=form.tier.data,
        sign_as=form.sign_as.data,
        beside=desk.alts,
        pictured=bool(desk.pieces),
        no_faces=form.no_faces.data,
        rough=form.rough,
    )
    try:
        with transaction() as db:
            placed = publishing.open_thread(db, who, entry, now=now())
            desk.publish(db, placed.post_id)
    except (Refused, posting.UnknownAuthorship) as refusal:
        _explain(form, refusal)
        return _compose_page(place, form, desk), 422
    last_signature.keep(who, entry.ward_codes, entry.sign_as)
    _tell(placed)
    return redirect(addresses.of_post(placed.thread_id, placed.number), 303)


def _guarded(form: ReplyForm | ThreadForm, desk: Desk, title: str, category: str) -> notice.Notice:
    """Look through what is about to go out, the words for pictures included."""
    text = "\n\n".join(filter(None, (form.text.data, desk.alts)))
    written = Written(title, text, category, has_files=bool(desk.pieces), no_faces=form.no_faces.data)
    return notice.look(written, form.warned.data or "")


def _compose_page(place: wards.WardRow, form: ThreadForm, desk: Desk, **more: Any) -> str:
    if form.is_submitted():
        desk.park(form)
    form.offer_places(sql.session, form.wards.data or [place.code])
    return render_template(
        "ward_boards/compose.html",
        board=place,
        form=form,
        desk=desk,
        file_types=ACCEPT,
        longest=LONGEST_TEXT,
        **more,
    )


def _thread_page(who: Viewer, view: ThreadView, form: ReplyForm, desk: Desk | None, **more: Any) -> str:
    after, before = _number("after"), _number("before")
    if form.is_submitted() and not after:
        after = max(view.last_number - conversation.POSTS_PER_PAGE, 0)
    if view.takes_replies and not form.is_submitted():
        form.sign_as.data = form.sign_as.data or last_signature.last(who, view.ward_codes[0])
        form.offer(posting.options(who, view.ward_codes[0]))
    if desk is not None and form.is_submitted():
        desk.park(form)
    elif desk is not None:
        desk.check_signature(form)
    page = conversation.post_page(sql.session, who, view, Window(after=after, before=before))
    return render_template(
        "ward_boards/thread.html",
        section=url_for("ward_boards.index"),
        thread=view,
        page=page,
        reading=unread.of_page(sql.session, who, view, page),
        form=form,
        desk=desk,
        empty_form=_looks_of_empty(form, desk),
        file_types=ACCEPT,
        places=[(code, wards.name_of(code)) for code in view.ward_codes],
        categories=all_category_labels(),
        readers=tier_labels(),
        thread_at=url_for("ward_boards.thread", thread_id=view.id),
        posts_at=addresses.before_post_id(),
        boards_at=addresses.before_board_code(),
        per_page=conversation.POSTS_PER_PAGE,
        longest=LONGEST_TEXT,
        words=words.Speaker(),
        **more,
    )


def _looks_of_empty(form: ReplyForm, desk: Desk | None) -> Hashable:
    """Return all that the look of an untouched form follows from; None when anything was typed or kept."""
    if form.is_submitted() or form.text.data or desk is None or desk.pieces or desk.asks_alt:
        return None
    ways = tuple((name, label, form.sign_as_hints[name]) for name, label in form.sign_as.choices)
    return (form.sign_as.data, *ways)


def thread_or_404(who: Viewer, thread_id: str) -> ThreadView:
    """Return the thread, or not found when there is none that this viewer may read: both look the same."""
    view = conversation.thread_view(sql.session, who, thread_id)
    if view is None:
        moved = merging.leads_to(sql.session, who, thread_id)
        if moved is None:
            abort(404)
        abort(redirect(addresses.of_post(*moved), 308))
    return view


def _quoted(who: Viewer, view: ThreadView, number: int) -> str:
    page = conversation.post_page(sql.session, who, view, Window(after=number - 1, limit=1))
    row = page.rows[0] if page.rows else None
    if row is None or row.number != number or not row.text or row.state != PUBLISHED:
        # A moderator still sees the words; quoted they would stand before everybody again.
        flash(_("This post cannot be quoted. It was hidden or taken back, or waits for a coordinator."))
        return ""
    return markup.quote(row.text, words.author(row))


def _number(name: str) -> int:
    try:
        return paging.parse_number(request.args.get(name))
    except paging.BadCursor:
        abort(404)


def _tell(placed: Placed) -> None:
    if placed.state == HELD:
        flash(_("Thank you. A coordinator will look at your post before others can read it."))
    else:
        flash(_("Your post is on the board."))


def _explain(form: ReplyForm | ThreadForm, refusal: Exception) -> None:
    """Say beside the field it is about why nothing was published."""
    if isinstance(refusal, Refused):
        form.text.errors = [*form.text.errors, *refusal.reasons]
    elif isinstance(refusal, ThreadClosed):
        said = _("This thread was closed while you were writing. Copy your text and start a new thread.")
        form.text.errors = [*form.text.errors, said]
    else:
        form.sign_as.errors = [_("You cannot sign like this any more. Choose another way.")]


def _tiers_anywhere(who: Viewer) -> tuple[str, ...]:
    """Return the tiers the viewer may write for on at least one board; the boards chosen are checked on sending."""
    return tuple(tier for tier, permission in access.WRITE_PERMISSION.items() if permissions.allowed(who, permission))
