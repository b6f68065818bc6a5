"""The words of moderation: why posts are reported and decided on, how urgent that is, and what the log says."""

from __future__ import annotations

from flask_babel import gettext as _

from plugins.ward_boards.categories import flag_labels

HELD, REPORT, ACT, APPEAL, ASK = KINDS = ("held", "report", "act", "appeal", "ask")
"""How a case began: held before it went out, reported, a moderator's own deed, an appeal, another board asked for."""

RANKS = {"exposes": 0, "suspect": 1, "law": 1}
"""Reports that cannot wait. Whatever could lead somebody to a person's door comes first."""
URGENT_UP_TO, APPEAL_RANK, HELD_RANK, REPORT_RANK, ASK_RANK = 1, 2, 3, 4, 5

HIDE, POLICE, RESTORE, HOLD, KEEP = POST_VERBS = ("hide", "police", "restore", "hold", "keep")
GRANT, REFUSE = APPEAL_VERBS = ("grant", "refuse")
ACCEPT, DECLINE = ASK_VERBS = ("accept", "decline")
FINE, MISTAKE, OTHER = "fine", "mistake", "other"
REASONS = ("exposes", "suspect", "law", "unkind", "false", "offtopic", "repeat", FINE, MISTAKE, OTHER)
PLACE_REASONS = ("offtopic", "repeat", OTHER)
"""Why a whole thread goes elsewhere: what posts say is judged post by post."""
POLICE_MARK = "police."
"""Before a reason: the writer is led to the page for reports to the police."""


def reason_labels() -> dict[str, str]:
    """Return the reasons a moderator chooses from; writers read them, and so do members in the log."""
    asked = {name: words for name, words in flag_labels().items() if name != OTHER}
    return asked | {
        "repeat": _("It is on the board already"),
        FINE: _("It keeps to the rules"),
        MISTAKE: _("It was hidden by mistake"),
        OTHER: _("Another reason, told to the writer"),
    }


def told(state_reason: str) -> str:
    """Return the words of a post's stored reason; empty when it has none of ours."""
    code = state_reason.removeprefix(POLICE_MARK)
    return "" if code == OTHER else reason_labels().get(code, "")


def offers_police(state_reason: str) -> bool:
    """Whether the writer was led to the police's own form."""
    return state_reason.startswith(POLICE_MARK)


def verb_labels() -> dict[str, str]:
    """Return what was done, as the log says it to members."""
    return {
        "hide": _("hid a post"),
        "refuse_post": _("did not let a held post out"),
        "police": _("gave a post back to its writer, for the police only"),
        "restore": _("put a hidden post back"),
        "let_out": _("let a held post out"),
        "hold": _("took a post down to look at it"),
        "keep": _("looked at a report and changed nothing"),
        "gone": _("closed a report: the writer had withdrawn the post"),
        "lock": _("closed a thread for replies"),
        "unlock": _("opened a thread for replies again"),
        "move": _("moved a thread"),
        "merge": _("joined two threads"),
        "ask": _("asked another board to take a thread"),
        "accept": _("took a thread from another board"),
        "decline": _("did not take a thread from another board"),
        "grant": _("agreed with an appeal and put the post back"),
        "refuse": _("looked at an appeal and left the post hidden"),
    }


def role_words(role: str, ward_name: str) -> str:
    """Return who did it: a role and a ward, never a name."""
    if role == "officer":
        return str(_("An officer of %(ward)s", ward=ward_name))
    if role == "coordinator":
        return str(_("A coordinator of %(ward)s", ward=ward_name))
    if role == "admin":
        return str(_("An admin of %(ward)s", ward=ward_name))
    return str(_("A moderator of %(ward)s", ward=ward_name))


def kind_labels() -> dict[str, str]:
    """Return what kind of case it is, as a badge in the queue."""
    return {
        "held": _("Held"),
        "report": _("Reported"),
        "act": _("Being decided"),
        "appeal": _("Appeal"),
        "ask": _("Asks for your board"),
    }
