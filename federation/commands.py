"""The command `boroughwatch federation`: the ceremony and the queue, for operators and scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from core.commands import fail, in_instance, json_option, listing
from federation.trust import commands as trust_commands

REASON = click.option("--reason", default="", help="Why; other admins read it.")


@click.group("federation")
def federation() -> None:
    """Neighbouring boroughs: compare keys, exchange alerts. Example: boroughwatch federation peers --data DIR."""


for _command in (trust_commands.trust_command, trust_commands.policy_command, trust_commands.waiting_command):
    federation.add_command(_command)


def _with_peer(name: str, step: Callable[[str], Any]) -> Any:
    """Find a neighbour and take a step with its id; a refusal ends the command with its sentence."""
    from core.database import reading
    from federation import peers

    try:
        with reading() as db:
            peer_id = peers.find(db, name).id
        return step(peer_id)
    except peers.CeremonyRefused as refusal:
        fail(str(refusal))


def _change(name: str, verb: Callable[..., None], *arguments: Any) -> None:
    """Change a neighbour's state and tell the other side."""
    from core.database import transaction
    from federation import ceremony
    from federation.models import Peer

    def step(peer_id: str) -> None:
        with transaction() as db:
            verb(db, db.get_one(Peer, peer_id), None, *arguments)
        _report(ceremony.tell(peer_id))

    _with_peer(name, step)


def _report(told: Any) -> None:
    if told.problem:
        click.echo(f"The other side does not know yet; the worker keeps trying. {told.problem}", err=True)


@federation.command("identity")
@click.option("--json", "as_json", is_flag=True, help="Print the whole description as JSON.")
@in_instance
def identity_command(as_json: bool) -> None:
    """Say who this instance is to neighbours. Example: boroughwatch federation identity --data DIR."""
    import json

    from federation import identity

    ours = identity.own_descriptor()
    if as_json:
        click.echo(json.dumps(ours, indent=2))
        return
    for line in (ours["id"], ours["base_url"], identity.own_keys().active.thumbprint):
        click.echo(line)


@federation.command("peers")
@json_option
@in_instance
def peers_command(as_json: bool) -> None:
    """List neighbours and their states. Example: boroughwatch federation peers --json --data DIR."""
    from core.database import reading
    from federation import queries

    names = ("id", "name", "state", "base_url", "we_confirmed", "they_confirmed", "waiting", "dead", "problem")
    with reading() as db:
        rows = [{name: getattr(row, name) for name in names} for row in queries.peer_rows(db)]
    listing(rows, as_json, "No neighbours yet. Ask one: boroughwatch federation propose URL.")


@federation.command("propose")
@click.argument("url")
@click.option("--message", default="", help="A few words to the other admin.")
@in_instance
def propose_command(url: str, message: str) -> None:
    """Ask another instance to become a neighbour; prints its id here.

    Example: boroughwatch federation propose https://watch.hackney.example --data DIR
    """
    from federation import ceremony, peers

    try:
        click.echo(ceremony.propose(url, message, None))
    except peers.CeremonyRefused as refusal:
        fail(str(refusal))


@federation.command("accept")
@click.argument("peer")
@in_instance
def accept_command(peer: str) -> None:
    """Accept a received proposal. Example: boroughwatch federation accept Hackney --data DIR."""
    from federation import ceremony

    _report(_with_peer(peer, lambda peer_id: ceremony.accept(peer_id, None)))


@federation.command("words")
@click.argument("peer")
@click.option("--digits", is_flag=True, help="Print the twelve groups of digits instead.")
@in_instance
def words_command(peer: str, digits: bool) -> None:
    """Print the six words both admins must read alike. Example: boroughwatch federation words Hackney --data DIR."""
    from core.database import reading
    from federation import peers
    from federation.models import Peer

    def step(peer_id: str) -> None:
        with reading() as db:
            number = peers.number_of(db.get_one(Peer, peer_id))
        click.echo(number.digits if digits else number.phrase)

    _with_peer(peer, step)


@federation.command("confirm")
@click.argument("peer")
@click.option("--words", required=True, help="The six words (or the digits) the other admin read to you.")
@in_instance
def confirm_command(peer: str, words: str) -> None:
    """Confirm that the words are the same; exchange begins when both sides have.

    Example: boroughwatch federation confirm Hackney --words "acorn river piano zebra music plum" --data DIR
    """
    from federation import ceremony

    _report(_with_peer(peer, lambda peer_id: ceremony.confirm(peer_id, words, None)))


@federation.command("suspend")
@click.argument("peer")
@REASON
@in_instance
def suspend_command(peer: str, reason: str) -> None:
    """Stop exchanging for now. Example: boroughwatch federation suspend Hackney --reason "odd alerts" --data DIR."""
    from federation import peers

    _change(peer, peers.suspend, reason)


@federation.command("resume")
@click.argument("peer")
@in_instance
def resume_command(peer: str) -> None:
    """Go on with a suspended neighbour. Example: boroughwatch federation resume Hackney --data DIR."""
    from core.database import now
    from federation import peers

    _change(peer, peers.resume, now())


@federation.command("revoke")
@click.argument("peer")
@REASON
@in_instance
def revoke_command(peer: str, reason: str) -> None:
    """End it: their key is dead here. Example: boroughwatch federation revoke Hackney --reason "stolen" --data DIR."""
    from federation import peers

    _change(peer, peers.revoke, reason)


@federation.command("rotate-key")
@in_instance
def rotate_key_command() -> None:
    """Start signing with the promised next key. Example: boroughwatch federation rotate-key --data DIR."""
    import sqlalchemy as sa

    from core import jobs
    from core.database import transaction
    from federation import rotation, subscriptions
    from federation.models import Peer

    with transaction() as db:
        known = set(db.scalars(sa.select(Peer.our_thumbprint).where(Peer.state.in_(("verified", "suspended")))))
        fresh = rotation.rotate_own(db, None, known)
    jobs.make_due(subscriptions.JOB)
    click.echo(fresh.active.thumbprint)


@federation.command("deliveries")
@click.option("--state", type=click.Choice(["pending", "acknowledged", "dead"]), help="Only those in this state.")
@json_option
@in_instance
def deliveries_command(state: str | None, as_json: bool) -> None:
    """List the newest deliveries. Example: boroughwatch federation deliveries --state dead --data DIR."""
    from core.database import reading
    from federation import queries

    with reading() as db:
        rows = [row._asdict() for _place, row in queries.delivery_rows(db, state=state, limit=200)]
    listing(rows, as_json, "Nothing was sent yet.")


@federation.command("retry")
@click.argument("what", required=False)
@in_instance
def retry_command(what: str | None) -> None:
    """Try again now: a neighbour, a refused delivery's id, or (nothing named) every neighbour.

    Example: boroughwatch federation retry Hackney --data DIR
    """
    from core import jobs
    from core.database import now, transaction
    from federation import peers, services, subscriptions
    from federation.models import Peer

    try:
        with transaction() as db:
            if what is None or not services.retry_dead(db, what, None, now()):
                chosen = [peers.find(db, what)] if what else db.query(Peer).filter(Peer.state == "verified").all()
                for peer in chosen:
                    services.retry_peer(db, peer, None, now())
    except peers.CeremonyRefused as refusal:
        fail(str(refusal))
    jobs.make_due(subscriptions.JOB)
    click.echo("The worker tries again now.")
