"""Commands about people: members, roles, tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


@members_group.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@in_instance
def import_list(file: Path, dry_run: bool) -> None:
    """Bring in a list, CSV or XLSX; nobody is verified by it. Example: boroughwatch members import LIST.csv --data DIR.

    The columns are email, role, ward and alias; only email must be there. New members are mailed a link.
    """
    from core import member_import, member_lists, progress, spreadsheets

    try:
        found = member_lists.understand(spreadsheets.read(file))
    except spreadsheets.NotASpreadsheet as problem:
        fail(f"{file.name}: {problem}")
    plan = member_import.plan(found.entries)
    troubles = [*found.troubles, *plan.troubles]
    if not dry_run:
        with progress.bar(file.name, len(plan.people)) as done:
            troubles += member_import.carry_out(plan, done)
    if found.unread:
        click.echo(f"Not read: {', '.join(found.unread)}.")
    for trouble in sorted(troubles, key=lambda trouble: trouble.line):
        click.echo(f"Line {trouble.line}: {trouble.text}", err=True)
    lead = "Nothing was written. It would be" if dry_run else "Done:"
    click.echo(f"{lead} {plan.new} invited, {len(plan.people) - plan.new} known already, {plan.roles} roles given.")
    if troubles:
        fail(f"Left out: {len(troubles)}. Correct them and import the file again; what is in stays as it is.")


@members_group.command("revoke")
@click.argument("email", required=False)
@click.option("--verified-before", type=click.DateTime(["%Y-%m-%d"]), help="All who were verified before this day.")
@click.option("--ward", help="All with this home ward, by GSS code.")
@click.option("--method", help="All verified in this way: 'command line', or the name of a plugin.")
@click.option("--reason", required=True, help="Why; it goes to the audit log. Name nobody.")
@click.option("--dry-run", is_flag=True, help="Say how many it concerns and change nothing.")
@in_instance
def revoke(email: str | None, reason: str, dry_run: bool, **conditions: Any) -> None:
    """Take verifications back. Example: boroughwatch members revoke name@place.uk --reason "moved" --data DIR.

    Conditions narrow each other down. Logins and API tokens of those concerned end at once.
    """
    from core import revocation, wards
    from core.database import reading, transaction

    before, ward = conditions["verified_before"], conditions["ward"]
    if ward and not wards.is_ward(ward):
        fail(f"{ward} is not a ward of this borough.")
    wanted = revocation.Condition(email, before.date() if before else None, ward, conditions["method"])
    try:
        if dry_run:
            with reading() as db:
                click.echo(f"It would concern {revocation.concerned(db, wanted)}. Nothing was changed.")
            return
        with transaction() as db:
            count = revocation.revoke(db, wanted, None, reason)
    except revocation.NobodyMeant:
        fail("Say whose: an e-mail address, --verified-before, --ward or --method.")
    if not count:
        fail("Nobody who is verified now is concerned. Nothing was changed.")
    click.echo(f"Taken back from {count}. Each is sent a mail.")


@members_group.command("reset-second-factor")
@click.argument("email")
@in_instance
def reset_second_factor(email: str) -> None:
    """Take a lost second factor away. Example: boroughwatch members reset-second-factor name@place.uk --data DIR.

    For when there is no second admin who could confirm it on the page. Logins and API tokens end; a mail goes out.
    """
    import sqlalchemy as sa

    from core import notifications, permissions, second_factor
    from core.database import transaction
    from core.models import Member

    with transaction() as db:
        member_id = db.scalar(sa.select(Member.id).where(Member.email == email.strip().lower()))
        if member_id is None:
            fail(f"No member has the address '{email}'. Check it.")
        if not permissions.viewer_of(db, member_id).has_second_factor:
            fail("This member has no second factor, so there is nothing to reset.")
        second_factor.reset(db, member_id, None, "command line")
        text = "The second step of your sign-in was reset. Sign in with your password and set it up anew."
        notifications.tell_member(db, member_id, "Something about your account has changed", text, "/account")
    click.echo("Reset. They sign in with their password and set it up anew; their logins and tokens have ended.")


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
