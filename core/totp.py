"""Six-digit codes of an authenticator app (RFC 6238), each good once, and how Flask-Security is to ask for them.

Secrets and recovery codes lie encrypted in their columns under keys of the secret file: the database alone opens
no account. Mail and text messages are no second factor here: whoever reads the mail has the password link too.
"""

from __future__ import annotations

import base64
import logging
from typing import Any

from flask import Flask, current_app
from flask_security import UserMixin
from flask_security.recovery_codes import MfRecoveryForm
from flask_security.totp import Totp
from limits.errors import StorageError
from limits.storage import storage_from_string
from passlib.exc import UsedTokenError
from passlib.totp import TOTP, TotpMatch
from wtforms import StringField
from wtforms.validators import DataRequired

from core.instance import instance

log = logging.getLogger(__name__)
PATH = "/account/second-factor"
WINDOW_SECONDS = 30
"""A code counts one step late or early. Source: RFC 6238, section 5.2."""
REMEMBERED_SECONDS = 5 * WINDOW_SECONDS
RECOVERY_CODES = 10
_USED = "boroughwatch.used_codes"


class OnceTotp(Totp):
    """Codes that are good once. Source: RFC 6238, section 5.2 ("MUST NOT accept the second attempt").

    Which were used is remembered for two and a half minutes beside the counts of the rate limits, as a keyed
    hash: in a column it would tell to half a minute when a member signed in.
    """

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        """Note a code as used; refuses one that was."""
        key = instance().keys.keyed_hash("used-code", str(user.id), str(tmatch.counter))
        try:
            times = current_app.extensions[_USED].incr(f"used-code/{key}", REMEMBERED_SECONDS)
        except StorageError:
            # The code is right; that nobody can say whether it is fresh must not lock out those who keep the site.
            log.error("used codes could not be remembered: the store of the limits did not answer")
            return
        if times > 1:
            raise UsedTokenError(expire_time=tmatch.expire_time)


class RecoveryForm(MfRecoveryForm):
    """A recovery code as people copy it from paper: in capitals, with spaces around."""

    code = StringField(
        validators=[DataRequired("")], filters=[lambda text: "-".join((text or "").lower().replace("-", " ").split())]
    )


def init_totp(app: Flask) -> None:
    """Set what Flask-Security needs; before it is attached."""
    keys, config = instance(app).keys, instance(app).config
    app.extensions[_USED] = storage_from_string(config.redis_url or "memory://", wrap_exceptions=True)
    app.config.update(
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY=WINDOW_SECONDS,
        SECURITY_TWO_FACTOR_RESCUE_EMAIL=False,
        SECURITY_TOTP_SECRETS={"1": keys.derive("totp").hex()},
        SECURITY_TOTP_ISSUER=config.site_name.replace(":", " "),
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_N=RECOVERY_CODES,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS=[base64.urlsafe_b64encode(keys.derive("recovery-codes"))],
        SECURITY_TWO_FACTOR_SETUP_URL=PATH,
        SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL=f"{PATH}/code",
        SECURITY_TWO_FACTOR_RESCUE_URL=f"{PATH}/rescue",
        SECURITY_TWO_FACTOR_SELECT_URL=f"{PATH}/choose",
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL=f"{PATH}/recovery-codes",
        SECURITY_MULTI_FACTOR_RECOVERY_URL=f"{PATH}/recovery-code",
        SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE="core/second_factor_code.html",
        SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE="core/recovery_code.html",
    )


def new_secret() -> str:
    """Return a new secret in base32, as people type it into an app."""
    return str(TOTP.new().base32_key)


def sealed(secret: str) -> str:
    """Return a secret in base32 as it is kept: encrypted under a key of the secret file."""
    factory: Any = current_app.extensions["security"].totp_factory._totp
    return str(factory(key=secret).to_json(encrypt=True))


def code_at(secret: str, at_seconds: float) -> str:
    """Return the code that an app with this base32 secret shows at a moment (seconds since 1970)."""
    return str(TOTP(key=secret).generate(int(at_seconds)).token)
