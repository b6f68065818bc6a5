"""Roles in words, and the sentence that tells somebody who was refused what is still needed."""

from __future__ import annotations

from flask_babel import gettext as _

from core import permissions
from core.contributions import ROLES, Viewer


def role_words() -> dict[str, str]:
    """Return how each role is called on the screen."""
    return {
        "reader": _("Reader"),
        "verified": _("Checked member"),
        "coordinator": _("Coordinator"),
        "officer": _("Ward officer"),
        "reviewer": _("Reviewer"),
        "custodian": _("Custodian"),
        "admin": _("Admin"),
    }


def what_is_needed(who: Viewer, permission: str) -> str:
    """Return what a member would need for a right; empty when a role is not what is missing."""
    declared = permissions.known().get(permission)
    roles = declared.default_roles if declared else frozenset()
    if any(who.has_role(role) for role in roles):
        return ""
    if "verified" in roles and who.is_reader:
        return str(_("You can read everything already. To do this, you still need full verification."))
    if "verified" in roles:
        return str(_("To do this, you still need to show a volunteer who you are and where you live."))
    words = role_words()
    names = ", ".join(words[role] for role in ROLES if role in roles and role in words)
    return str(_("This is only for: %(roles)s.", roles=names)) if names else ""
