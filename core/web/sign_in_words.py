"""What Flask-Security says to people, in our words: what was wrong, and what to do."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

# The same words for a wrong password and an unknown address: nobody learns who has an account.
_REFUSED = _l("This address and password do not go together. Check both, or choose a new password.")
_SENT = _l("If you have an account, a mail with a link is on its way to you. It can take a few minutes.")
_UNEQUAL = _l("The two passwords are not the same. Type both again.")
WORDS = {
    "EMAIL_NOT_PROVIDED": _l("Type your e-mail address."),
    "FORGOT_PASSWORD": _l("I have forgotten my password"),
    "GENERIC_AUTHN_FAILED": _REFUSED,
    "GENERIC_RECOVERY": _SENT,
    "INVALID_EMAIL_ADDRESS": _l("This does not look like an e-mail address. It should look like name@place.uk."),
    "INVALID_PASSWORD": _l("This is not your password. Try again."),
    "INVALID_RESET_PASSWORD_TOKEN": _l("This link does not work any more. Ask for a new one here."),
    "LOGIN": _l("Sign in first."),
    "PASSWORD_CHANGE": _l("Your password is changed."),
    "PASSWORD_INVALID_LENGTH": _l("This is too short. Use at least %(length)s signs, like three odd words."),
    "PASSWORD_IS_THE_SAME": _l("This is the password you have now. Choose a different one."),
    "PASSWORD_MISMATCH": _UNEQUAL,
    "PASSWORD_NOT_PROVIDED": _l("Type your password."),
    "PASSWORD_RESET": _l("Your password is kept, and you are signed in."),
    "PASSWORD_RESET_EXPIRED": _l("This link is too old. Ask for a new one here."),
    "PASSWORD_RESET_NO_LOGIN": _l("Your password is kept. Sign in with it."),
    "PASSWORD_RESET_REQUEST": _SENT,
    "REAUTHENTICATION_REQUIRED": _l("Type your password first, to show that it is you."),
    "REAUTHENTICATION_SUCCESSFUL": _l("Thank you. Go on."),
    "REFRESH": _l("Type your password first, to show that it is you."),
    "RETYPE_PASSWORD_MISMATCH": _UNEQUAL,
    "INVALID_RECOVERY_CODE": _l("This is not one of your codes, or it was used before. Try another one."),
    "TWO_FACTOR_INVALID_TOKEN": _l("This code does not fit. Wait until the app shows the next one and type that."),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": _l("You are signed in."),
    "TWO_FACTOR_PERMISSION_DENIED": _l("Type your address and password first. Then we ask for the code."),
    "UNAUTHENTICATED": _l("Sign in first."),
    "UNAUTHORIZED": _l("Your account does not have this right."),
    "USER_DOES_NOT_EXIST": _REFUSED,
}
LEVELS = {"PASSWORD_CHANGE": "success", "PASSWORD_RESET": "success", "REAUTHENTICATION_SUCCESSFUL": "success"}  # nosec B105  # names of messages


def init_words(app: Flask) -> None:
    """Set the words; before Flask-Security is attached, which keeps what it finds."""
    for name, words in WORDS.items():
        app.config[f"SECURITY_MSG_{name}"] = (words, LEVELS.get(name, "info"))
