"""Who is asking, and the one decorator every view carries that says who may."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote

from flask import g, redirect, request, session

from core import permissions, totp
from core.contributions import Viewer
from core.database import sql
from core.web.security import csrf

View = TypeVar("View", bound=Callable[..., Any])


def viewer() -> Viewer:
    """Return the viewer of this request; asked of the database once."""
    if "viewer" not in g:
        g.viewer = permissions.viewer_of_login(sql.session, session.get("_user_id"))
    found: Viewer = g.viewer
    return found


def is_second_factor_missing() -> bool:
    """Whether the member has a role that needs a second factor, and none set up."""
    who = viewer()
    return who.is_signed_in and not who.has_second_factor and permissions.must_have_second_factor(who)


def public(view: View) -> View:
    """Anyone may ask."""
    view.access = "public"  # type: ignore[attr-defined]  # read by the house test and the policy table
    return view


def machine(view: View) -> View:
    """Other servers ask: no cookie counts, so no CSRF token is wanted; the view checks a signature or token."""
    view.access = "machine"  # type: ignore[attr-defined]  # read by the house test and the policy table
    csrf.exempt(view)
    return view


def signed_in(view: View) -> View:
    """Any member may ask; a visitor is led to sign in."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if viewer().is_signed_in else _sign_in_first()

    checked.access = "signed_in"  # type: ignore[attr-defined]  # read by the house test and the policy table
    return checked  # type: ignore[return-value]  # wraps keeps the signature


def requires(permission: str) -> Callable[[View], View]:
    """Those may ask who hold a permission in at least one ward; the view checks the object's own ward."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            who = viewer()
            if not who.is_signed_in and not permissions.allowed(who, permission):
                return _sign_in_first()
            if permissions.lacks_second_factor(who, permission):
                return second_factor_first()
            permissions.require(who, permission)
            return view(*args, **kwargs)

        checked.access = permission  # type: ignore[attr-defined]  # read by the house test and the policy table
        return checked  # type: ignore[return-value]  # wraps keeps the signature

    return decorate


def _sign_in_first() -> Any:
    return redirect(f"/sign-in?next={quote(_wanted())}", 303)


def second_factor_first() -> Any:
    """Lead a member, who may all but for want of a second factor, to where it is set up; and then back."""
    return redirect(f"{totp.PATH}?next={quote(_wanted())}", 303)


def _wanted() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else "/"
