"""A member's notices: how they want to be told, what they follow, what was told; and one click to stop mails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField

from core import notifications, wards
from core.database import sql, transaction
from core.notifications import Choice, inbox, push
from core.web.access import machine, signed_in, viewer
from core.web.security import limiter

PAGE = "/account/notices"
NO_QUIET = "none"
HOURS = [(str(hour), f"{hour:02d}:00") for hour in range(24)]
WEEKDAYS = [
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
]


class NoticesForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """How a member wants to be told."""

    by_mail = BooleanField(_l("Send me e-mails"))
    by_web = BooleanField(_l("Keep a list on this site"))
    least = RadioField(
        _l("What do you want to hear of?"),
        choices=[
            ("ordinary", _l("Everything")),
            ("important", _l("Important things: warnings and changes")),
            ("urgent", _l("Urgent things only: danger")),
        ],
    )
    rhythm = RadioField(
        _l("When should everyday news come?"),
        choices=[
            ("now", _l("At once")),
            ("daily", _l("Once a day, together")),
            ("weekly", _l("Once a week, together")),
        ],
        description=_l("Important and urgent things do not wait for it."),
    )
    digest_hour = SelectField(_l("At what hour?"), choices=HOURS)
    digest_weekday = SelectField(_l("On which day, if once a week?"), choices=list(enumerate(WEEKDAYS)), coerce=int)
    quiet_from = SelectField(_l("Quiet from"), choices=[(NO_QUIET, _l("no quiet hours")), *HOURS])
    quiet_until = SelectField(_l("Quiet until"), choices=HOURS)
    urgent_in_quiet = BooleanField(_l("Tell me of danger in my quiet hours too"))
    with_titles = BooleanField(
        _l("Put the titles of threads into my e-mails"),
        description=_l("Leave it off if others can see your e-mails. We then only say that there is something new."),
    )
    letters = BooleanField(_l("Send me the weekly letter of my wards"))

    def show(self, chosen: Choice) -> None:
        """Fill the form with what holds now."""
        for name in ("by_mail", "by_web", "least", "rhythm", "urgent_in_quiet", "with_titles", "letters"):
            self[name].data = getattr(chosen, name)
        self.digest_hour.data = str(chosen.digest_hour)
        self.digest_weekday.data = chosen.digest_weekday
        has_quiet = chosen.quiet_from != chosen.quiet_until
        self.quiet_from.data = str(chosen.quiet_from) if has_quiet else NO_QUIET
        self.quiet_until.data = str(chosen.quiet_until) if has_quiet else "7"

    def chosen(self) -> Choice:
        """Return what was chosen."""
        until = int(self.quiet_until.data)
        return Choice(
            least=self.least.data,
            rhythm=self.rhythm.data,
            digest_hour=int(self.digest_hour.data),
            digest_weekday=self.digest_weekday.data,
            quiet_from=until if self.quiet_from.data == NO_QUIET else int(self.quiet_from.data),
            quiet_until=until,
            urgent_in_quiet=self.urgent_in_quiet.data,
            by_mail=self.by_mail.data,
            by_web=self.by_web.data,
            letters=self.letters.data,
            with_titles=self.with_titles.data,
        )


class FollowForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Wards a member wants to hear of besides their own."""

    wards = SelectMultipleField(_l("Tell me about these wards too"))


def register(bp: Blueprint) -> None:
    """Add the pages to the blueprint `account`."""
    bp.add_url_rule(PAGE, "notices", notices)
    bp.add_url_rule(PAGE, "choose_notices", choose_notices, methods=["POST"])
    bp.add_url_rule("/account/wards", "follow", follow, methods=["POST"])
    bp.add_url_rule(f"{PAGE}/urgent-only", "urgent_only", urgent_only, methods=["POST"])
    bp.add_url_rule(f"{PAGE}/unfollow", "unfollow", unfollow, methods=["POST"])
    bp.add_url_rule(f"{PAGE}/browser", "knock_here", knock_here, methods=["POST"])
    bp.add_url_rule(f"{PAGE}/browser/forget", "knock_nowhere", knock_nowhere, methods=["POST"])
    bp.add_url_rule(f"{PAGE}/inbox", "inbox", show_inbox)
    bp.add_url_rule(f"{PAGE}/inbox/read", "read_inbox", read_inbox, methods=["POST"])
    bp.add_url_rule("/unsubscribe/<token>", "ask_unsubscribe", ask_unsubscribe)
    bp.add_url_rule("/unsubscribe/<token>", "unsubscribe", unsubscribe, methods=["POST"])


def _me() -> str:
    return str(viewer().member_id)


@signed_in
def notices() -> str:
    """Show how the member is told, and what they follow."""
    return _page(_form(), _follow_form())


def _form() -> NoticesForm:
    form = NoticesForm(formdata=None)
    form.show(notifications.choice(sql.session, _me()))
    return form


def _follow_form() -> FollowForm:
    form = FollowForm(formdata=None)
    form.wards.choices = [(ward.code, ward.name) for ward in wards.boards() if ward.kind == "ward"]
    form.wards.data = notifications.followed(sql.session, _me())
    return form


def _page(form: NoticesForm, follow_form: FollowForm) -> str:
    topics = notifications.topics(sql.session, _me())
    labels = notifications.labels(sql.session, viewer(), topics.values())
    named = [(hashed, labels.get(topic)) for hashed, topic in topics.items()]
    return render_template(
        "core/notices.html",
        form=form,
        follow_form=follow_form,
        followed=sorted(named, key=lambda each: each[1].title.lower() if each[1] else "\uffff"),
        unread=inbox.unread(sql.session, _me()),
        browsers=push.browsers(sql.session, _me()),
        push_key=push.public_key(),
    )


@signed_in
def choose_notices() -> Any:
    """Keep how the member wants to be told."""
    form = NoticesForm()
    if not form.validate():
        return _page(form, _follow_form()), 422
    with transaction() as db:
        notifications.choose(db, _me(), form.chosen())
    flash(_("Saved. This is how we tell you from now on."))
    return redirect(PAGE, 303)


@signed_in
def follow() -> Any:
    """Keep which wards the member wants to hear of."""
    form = FollowForm()
    form.wards.choices = [(ward.code, ward.name) for ward in wards.boards() if ward.kind == "ward"]
    if not form.validate():
        return _page(_form(), form), 422
    with transaction() as db:
        notifications.follow(db, _me(), form.wards.data or [])
    flash(_("Saved. We will tell you about these wards."))
    return redirect(PAGE, 303)


@signed_in
def urgent_only() -> Any:
    """Tell the member of danger only, in one tap."""
    with transaction() as db:
        notifications.choose(db, _me(), replace(notifications.choice(db, _me()), least="urgent"))
    flash(_("Saved. From now on we tell you of danger only."))
    return redirect(PAGE, 303)


@signed_in
def unfollow() -> Any:
    """Stop following one thing of the list."""
    with transaction() as db:
        notifications.unfollow_hash(db, _me(), request.form.get("topic", ""))
    flash(_("You do not follow it any more. Our note of it is deleted."))
    return redirect(PAGE, 303)


@signed_in
@limiter.limit("30/hour")
def knock_here() -> Any:
    """Knock at this browser from now on; asked by the page's script only."""
    try:
        with transaction() as db:
            push.subscribe(db, _me(), request.form.get("endpoint", ""))
    except push.UnfitEndpoint:
        return _("This browser cannot be told by us. E-mails and the list on this site still work."), 422
    flash(_("This browser will show you when there is something new. It says no more than that."))
    return "", 204


@signed_in
def knock_nowhere() -> Any:
    """Knock at none of the member's browsers any more."""
    with transaction() as db:
        push.forget(db, _me())
    flash(_("No browser of yours will be told any more."))
    return redirect(PAGE, 303)


@signed_in
def show_inbox() -> str:
    """List what the member was told in the last thirty days."""
    shown = inbox.notices(sql.session, _me())
    labels = notifications.labels(sql.session, viewer(), {each.note.about for each in shown if each.note.about})
    return render_template("core/inbox.html", notices=shown, labels=labels, kept_days=inbox.KEPT_DAYS)


@signed_in
def read_inbox() -> Any:
    """Mark all as read."""
    with transaction() as db:
        inbox.mark_read(db, _me())
    return redirect(f"{PAGE}/inbox", 303)


@machine
def ask_unsubscribe(token: str) -> Any:
    """Ask whether mails should stop; opening the link changes nothing."""
    return _unsubscribe_page(token)


@machine
@limiter.limit("60/hour")
def unsubscribe(token: str) -> Any:
    """Stop the mails of one kind to one member. Mail programs send this by themselves. Source: RFC 8058."""
    found = notifications.read_unsubscribe(token)
    if found is None:
        return _unsubscribe_page(token)
    with transaction() as db:
        notifications.unsubscribe(db, *found)
    return _unsubscribe_page(token, is_done=True)


def _unsubscribe_page(token: str, *, is_done: bool = False) -> Any:
    found = notifications.read_unsubscribe(token)
    is_letter = found is not None and found[1] == notifications.LETTER
    page = render_template("core/unsubscribe.html", is_known=found is not None, is_letter=is_letter, is_done=is_done)
    return page, (200 if found else 404), {"Referrer-Policy": "no-referrer"}
