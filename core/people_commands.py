"""Commands about people: members, roles, tokens."""

from __future__ import annotations

import click

from core.commands import fail, in_instance


@click.group("members")
def members_group() -> None:
    """Add and verify people. Example: boroughwatch members add name@place.uk --role admin --data DIR."""


@members_group.command("add")
@click.argument("email")
@click.option("--role", help="Also give this role.")
@click.option("--ward", help="GSS code, for coordinators and officers; without it the role holds everywhere.")
@in_instance
def add(email: str, role: str | None, ward: str | None) -> None:
    """Add a member and print a one-time link. Example: boroughwatch members add name@place.uk --data DIR."""
    import email_validator
    import sqlalchemy as sa

    from core import accounts, aliases, members
    from core.database import transaction
    from core.models import Member

    try:
        address = accounts.normal_email(email)
    except email_validator.EmailNotValidError as problem:
        fail(f"'{email}' is not an e-mail address: {problem}")
    try:
        with transaction() as db:
            known = db.scalar(sa.select(Member.id).where(Member.email == address))
            taken = lambda alias: db.scalar(sa.select(Member.id).where(Member.alias == alias)) is not None  # noqa: E731
            member_id = known or accounts.add(db, aliases.suggest(taken), address)
            if role:
                members.grant(db, member_id, role, ward, None)
            link = accounts.password_link(db, member_id)
    except members.NotPossible as problem:
        fail(str(problem))
    click.echo("This member was there already." if known else "The member is added.")
    click.echo(f"One-time link to choose a password: {link}")


@members_group.command("verify")
@click.argument("email")
@click.argument("ward")
@click.option("--days", default=365, show_default=True, help="For how long.")
@in_instance
def verify(email: str, ward: str, days: int) -> None:
    """Verify a member you know. Example: boroughwatch members verify name@place.uk E05009320 --data DIR."""
    from datetime import timedelta

    import sqlalchemy as sa

    from core import audit, members
    from core.database import now, transaction
    from core.models import Member

    try:
        with transaction() as db:
            member_id = db.scalar(sa.select(Member.id).where(Member.email == email.strip().lower()))
            if member_id is None:
                fail(f"No member has the address '{email}'. Add them first with 'boroughwatch members add'.")
            members.verify(db, member_id, ward, "command line", now().date() + timedelta(days=days))
            audit.record(db, None, "members.verify", audit.actor_hash(member_id), f"command line, {ward}")
    except members.NotPossible as problem:
        fail(str(problem))
    click.echo(f"Verified for {ward} until {now().date() + timedelta(days=days)}.")


@click.group("token")
def token_group() -> None:
    """Make tokens for the API. Example: boroughwatch token create name@place.uk --scope read --data DIR."""


@token_group.command("create")
@click.argument("email")
@click.option("--scope", "scopes", multiple=True, required=True, help="May be given more than once, or with commas.")
@click.option("--days", default=90, show_default=True, help="For how long.")
@in_instance
def token_create(email: str, scopes: tuple[str, ...], days: int) -> None:
    """Print a bearer token, once. Example: boroughwatch token create name@place.uk --scope read --data DIR."""
    from datetime import timedelta

    import sqlalchemy as sa

    from core import accounts
    from core.database import now, transaction
    from core.models import Member
    from core.web.api import SCOPES

    wanted = [part for scope in scopes for part in scope.replace(",", " ").split()]
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        fail(f"'{unknown[0]}' is not a scope; known are {', '.join(SCOPES)}.")
    with transaction() as db:
        member_id = db.scalar(sa.select(Member.id).where(Member.email == email.strip().lower()))
        if member_id is None:
            fail(f"No member has the address '{email}'. Add them first with 'boroughwatch members add'.")
        token = accounts.create_token(db, member_id, wanted, now().date() + timedelta(days=days))
    click.echo(token)


COMMANDS = (members_group, token_group)
