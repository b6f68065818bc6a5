"""Which address leads to which page of the check in person."""

from __future__ import annotations

from flask import Blueprint

from plugins.verification_docs.in_person import counter_page, member_page


def add_to(bp: Blueprint) -> None:
    """Add the member's page and the counter."""
    bp.add_url_rule("/verify/in-person", "in_person", member_page.show)
    bp.add_url_rule("/verify/in-person", "make_counter_code", member_page.make, methods=["POST"])
    bp.add_url_rule("/verify/in-person/cancel", "cancel_counter_code", member_page.cancel, methods=["POST"])
    bp.add_url_rule("/review/in-person", "counter", counter_page.ask_code)
    bp.add_url_rule("/review/in-person", "show_counter", counter_page.show, methods=["POST"])
    bp.add_url_rule("/review/in-person/first", "sign_first", counter_page.sign_first, methods=["POST"])
    bp.add_url_rule("/review/in-person/second", "sign_second", counter_page.sign_second, methods=["POST"])
