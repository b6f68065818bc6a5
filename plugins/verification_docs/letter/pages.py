"""Which address leads to which page of a letter, and what refusals look like."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from core.web import errors
from plugins.verification_docs.letter import forms, member_page, refusals, review_page


def add_to(bp: Blueprint) -> None:
    """Add the member's pages and the reviewer's list."""
    bp.add_url_rule("/verify/letter", "letter", member_page.show)
    bp.add_url_rule("/verify/letter", "ask_letter", member_page.ask, methods=["POST"])
    bp.add_url_rule("/verify/letter/code", "enter_letter_code", member_page.enter, methods=["POST"])
    bp.add_url_rule("/verify/letter/cancel", "cancel_letter", member_page.cancel, methods=["POST"])
    bp.add_url_rule("/review/letters", "letters", review_page.listed)
    bp.add_url_rule("/review/letters/<letter_id>", "letter_to_post", review_page.show)
    bp.add_url_rule("/review/letters/<letter_id>", "print_letter", review_page.print_letter, methods=["POST"])
    bp.add_url_rule("/review/letters/<letter_id>/posted", "letter_posted", review_page.posted, methods=["POST"])
    bp.add_url_rule("/review/letters/<letter_id>.age", "sealed_letter", review_page.sealed)
    bp.register_error_handler(refusals.NoLetter, _no_letter)
    bp.register_error_handler(refusals.PrintedByAnother, _printed_by_another)


def _no_letter(_problem: refusals.NoLetter) -> Any:
    return errors.page(404, str(forms.SENTENCES[refusals.NoLetter]))


def _printed_by_another(_problem: refusals.PrintedByAnother) -> Any:
    return errors.page(403, str(forms.SENTENCES[refusals.PrintedByAnother]))
