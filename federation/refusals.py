"""Refused steps of the ceremony in the reader's language; what is not listed is said as it came."""

from __future__ import annotations

from flask_babel import gettext as _

from federation.peers import CeremonyRefused


def in_words(refusal: CeremonyRefused) -> str:
    """Return what was wrong and what to do."""
    known = {
        "wrong_words": _(
            "These are not the same words. Nothing was switched on. Read them again with the other admin. If they still"
            " differ, somebody may be listening in: stop here, and ask a person who knows."
        ),
        "wrong_state": _("This step is not open now. Look at the page again: somebody else may have been quicker."),
        "own_address": _("That is the address of this site itself. Type the other borough's."),
        "already_known": _("This site is on your list already. Look there for the next step."),
        "peer_revoked": _("Exchange with this key was ended. The other admin must first make a new key."),
        "other_key": _(
            "The site at that address has another key than the proposal. Somebody else may have sent it. Do not"
            " accept it; telephone the other admin."
        ),
        "too_many_proposals": _("The other site has too many open proposals. Telephone its admin."),
    }
    return known.get(refusal.code) or str(refusal)
