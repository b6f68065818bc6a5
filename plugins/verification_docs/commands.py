"""The command `boroughwatch verification_docs`: reviewers' vetting, and looking again at what one passed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from core.commands import fail, in_instance, json_option, listing

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group("verification_docs")
def verification_docs() -> None:
    """Reviewers and proofs of deletion. Example: boroughwatch verification_docs reviewers --data DIR."""


def _reviewer(db: Any, email: str) -> str:
    """Return the id of the reviewer at an address; a sentence ends the command when there is none."""
    from plugins.verification_docs.reviewers import vetting

    found = vetting.reviewer_at(db, email)
    if found is None:
        fail(f"No reviewer has the address '{email}'. Give the role with 'boroughwatch members add {email} --role …'.")
    return str(found)


@verification_docs.command("vet")
@click.argument("email")
@click.option("--kind", default="interview", show_default=True, help="dbs_basic, dbs_enhanced, police, references …")
@click.option("--on", "vetted_on", type=DAY, help="Day of the check; today when left out.")
@click.option("--until", "until_on", type=DAY, help="Last day on which it holds; a year from now when left out.")
@in_instance
def vet(email: str, kind: str, vetted_on: datetime | None, until_on: datetime | None) -> None:
    """Record that a reviewer was checked. Example: boroughwatch verification_docs vet name@place.uk --data DIR."""
    from core.database import now, transaction
    from plugins.verification_docs.reviewers import vetting

    today = now().date()
    days = (vetted_on.date() if vetted_on else today, until_on.date() if until_on else today + timedelta(days=365))
    if days[0] > today:
        fail(f"--on {days[0]} is still to come; give today or an earlier day.")
    try:
        with transaction() as db:
            vetting.vet(db, _reviewer(db, email), kind, days=days, vetted_by=None)
    except vetting.VettingRefused as refusal:
        known = ", ".join(vetting.KINDS)
        fail(f"--kind is one of {known}." if str(refusal) == "kind" else "--until must not be before --on.")
    click.echo(f"Recorded. The reviewer can work until {days[1]}.")


@verification_docs.command("reviewers")
@json_option
@in_instance
def reviewers(as_json: bool) -> None:
    """List reviewers, how and until when they were checked, and who has a key.

    Example: boroughwatch verification_docs reviewers --json --data DIR
    """
    from core.database import reading
    from plugins.verification_docs.reviewers import vetting

    with reading() as db:
        listing(vetting.listed(db), as_json, "No reviewers yet: boroughwatch members add EMAIL --role reviewer.")


@verification_docs.command("look-again")
@click.argument("email")
@click.option("--since", type=DAY, required=True, help="First day of what is to be looked at again.")
@click.option("--dry-run", is_flag=True, help="Say how many it concerns and change nothing.")
@in_instance
def look_again(email: str, since: datetime, dry_run: bool) -> None:
    """Trust a reviewer no more and ask all they passed for their papers again.

    Example: boroughwatch verification_docs look-again name@place.uk --since 2026-08-01 --dry-run --data DIR
    """
    from core.database import now, transaction
    from plugins.verification_docs.reviewers import looking_again, passed

    with transaction() as db:
        reviewer_id = _reviewer(db, email)
        count = passed.concerned(db, reviewer_id, since.date())
        if not dry_run:
            looking_again.look_again(db, reviewer_id, since.date(), None, now().date())
    if dry_run:
        click.echo(f"{count} members would be asked for their papers again. Nothing was changed.")
    else:
        click.echo(f"The reviewer's role and key are gone. {count} members were asked for their papers again.")


@verification_docs.command("purge-key")
@in_instance
def purge_key() -> None:
    """Print the public key that signs deletions. Example: boroughwatch verification_docs purge-key --data DIR."""
    from plugins.verification_docs.purging import signing

    public = signing.public_key()
    if public is None:
        fail(f"There is no key in {signing.path()} yet, or it cannot be read. It is made with the first deletion.")
    click.echo(public)
