"""The verbs of a member's second factor: set it up, replace it, new recovery codes, take it away.

A change ends the member's other logins: one that was opened with a password alone must not pass for more.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_security.utils import verify_password
from sqlalchemy.orm import Session

from core import audit, members, permissions
from core.models import Member, Token

METHOD = "authenticator"


class Needed(ValueError):
    """One of the member's roles needs a second factor, so they may replace it but not be without."""


class WrongPassword(ValueError):
    """The password typed to show that it is really the member is not theirs."""


def _security() -> Any:
    return current_app.extensions["security"]


def new_secret() -> str:
    """Return a new secret, encrypted as it will be kept."""
    return str(_security().totp_factory.generate_totp_secret())


def check_password(db: Session, member_id: str, password: str) -> None:
    """Pass silently when the password is the member's.

    Raises:
        WrongPassword: it is not.
    """
    kept = db.scalar(sa.select(Member.password).where(Member.id == member_id))
    if not kept or not verify_password(password, kept):
        raise WrongPassword


def is_right(db: Session, member_id: str, secret: str, code: str) -> bool:
    """Whether an app with this (encrypted) secret shows this code now."""
    member = db.get_one(Member, member_id)
    window = current_app.config["SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY"]
    return bool(_security().totp_factory.verify_totp(code, secret, member, window))


def set_up(db: Session, member_id: str, secret: str) -> list[str]:
    """Guard an account with a secret that the member's app holds; return recovery codes, readable this once.

    What was there before is replaced, and the member's logins end: the caller opens theirs anew.
    """
    member = db.get_one(Member, member_id)
    verb = "second_factor.replace" if member.tf_primary_method else "second_factor.set_up"
    member.tf_totp_secret, member.tf_primary_method = secret, METHOD
    codes = _new_codes(member)
    db.flush()
    members.end_logins(db, member_id)
    audit.record(db, member_id, verb, audit.actor_hash(member_id))
    return codes


def renew_codes(db: Session, member_id: str) -> list[str]:
    """Make new recovery codes; the old ones are worthless."""
    codes = _new_codes(db.get_one(Member, member_id))
    audit.record(db, member_id, "second_factor.new_codes", audit.actor_hash(member_id))
    return codes


def _new_codes(member: Member) -> list[str]:
    util = _security().mf_recovery_codes_util
    codes: list[str] = _security().totp_factory.generate_recovery_codes(
        current_app.config["SECURITY_MULTI_FACTOR_RECOVERY_CODES_N"]
    )
    member.mf_recovery_codes = util._encrypt_codes(codes)
    return codes


def codes_left(db: Session, member_id: str) -> int:
    """Return how many recovery codes a member has not used yet."""
    return len(db.scalar(sa.select(Member.mf_recovery_codes).where(Member.id == member_id)) or ())


def switch_off(db: Session, member_id: str) -> None:
    """Let a password alone do again.

    Raises:
        Needed: a role of the member needs the second factor.
    """
    if permissions.must_have_second_factor(permissions.viewer_of(db, member_id)):
        raise Needed
    _clear(db, member_id)
    members.end_logins(db, member_id)
    audit.record(db, member_id, "second_factor.switch_off", audit.actor_hash(member_id))


def reset(db: Session, member_id: str, actor_id: str | None, reason: str) -> None:
    """Take a lost second factor away on others' word; logins and tokens for the API end.

    `actor_id` None is the operator.
    """
    _clear(db, member_id)
    members.end_logins(db, member_id)
    db.execute(sa.delete(Token).where(Token.member_id == member_id))
    audit.record(db, actor_id, "second_factor.reset", audit.actor_hash(member_id), reason)


def _clear(db: Session, member_id: str) -> None:
    member = db.get_one(Member, member_id)
    member.tf_totp_secret = member.tf_primary_method = member.mf_recovery_codes = None
    db.flush()
