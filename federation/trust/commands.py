"""Commands of this room: how far a neighbour is trusted, and how each side checks its members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from core.commands import fail, in_instance, json_option, listing

if TYPE_CHECKING:
    from federation.trust.queries import StandingRow


@click.command("trust")
@click.argument("peer")
@click.option("--show", "shown", help="all, none, or CAP categories with commas, like Fire,Security/burglary.")
@click.option("--floor", help="The least level; alerts of neighbours that verify less wait.")
@click.option("--accept", "accepts", help="Labels that may be shown, with commas: CLEAR,GREEN,AMBER.")
@in_instance
def trust_command(peer: str, shown: str | None, floor: str | None, accepts: str | None) -> None:
    """Choose which of a neighbour's alerts are shown before somebody has looked; without options, print it.

    Example: boroughwatch federation trust Hackney --show Security,Fire --floor id_address --data DIR
    """
    from core.database import transaction
    from federation import peers
    from federation.trust import rules, services, standing

    try:
        with transaction() as db:
            row = peers.find(db, peer)
            old = standing.rule_of(db, row.id)
            if (shown, floor, accepts) != (None, None, None):
                problem = rules.check_level(floor) if floor is not None else None
                if problem:
                    fail(f"--floor: {problem}.")
                labels = old.accepts if accepts is None else rules.tidy_accepts(_parts(accepts))
                tidy = old.shown if shown is None else rules.tidy_shown(shown)
                services.set_rule(db, row, rules.Rule(tidy, floor or old.floor, labels), None)
            now = standing.rule_of(db, row.id)
    except (peers.CeremonyRefused, rules.BadRule) as refusal:
        fail(str(refusal))
    click.echo(f"show: {now.shown}\nfloor: {now.floor}\naccept: {','.join(now.accepts) or 'none'}")


def _parts(text: str) -> set[str]:
    return {part.strip().upper().removeprefix("TLP:") for part in text.split(",") if part.strip()}


@click.command("policy")
@click.argument("peer", required=False)
@json_option
@in_instance
def policy_command(peer: str | None, as_json: bool) -> None:
    """Print how we check our members, or what a neighbour said of itself the last time we asked.

    Example: boroughwatch federation policy Hackney --data DIR
    """
    from dataclasses import asdict

    from core import neighbours
    from core.database import reading
    from federation import peers
    from federation.trust import policies

    with reading() as db:
        if peer is None:
            facts = neighbours.assurance(db)
        else:
            try:
                said = policies.of(db, peers.find(db, peer).id)
            except peers.CeremonyRefused as refusal:
                fail(str(refusal))
            if said is None:
                fail("It has not told us yet. The worker asks each night, and soon after the words were compared.")
            facts = said.facts
    listing([{name: _plain(value) for name, value in asdict(facts).items()}], as_json, "")


def _plain(value: object) -> object:
    return ", ".join(value) if isinstance(value, tuple) else value


@click.command("waiting")
@click.option("--show", "shown", metavar="ID", help="Show this one.")
@click.option("--refuse", "refused", metavar="ID", help="Do not show this one; take it down where it is shown.")
@json_option
@in_instance
def waiting_command(shown: str | None, refused: str | None, as_json: bool) -> None:
    """List neighbours' alerts that nobody has looked at, or decide about one.

    Example: boroughwatch federation waiting --data DIR
    """
    from core.database import now, reading, transaction
    from federation.trust import queries, standing

    for alert_row, verb in ((shown, standing.show), (refused, standing.refuse)):
        if alert_row is None:
            continue
        try:
            with transaction() as db:
                verb(db, alert_row, None, now())
        except standing.NothingToDecide:
            fail("There is no such alert that may be shown or refused. See 'boroughwatch federation waiting'.")
    if shown is None and refused is None:
        with reading() as db:
            rows = [_row(row) for row in queries.to_look_at(db, now())]
        listing(rows, as_json, "Nothing waits.")


def _row(row: StandingRow) -> dict[str, object]:
    names = ("id", "origin", "state", "reason", "tlp", "level", "shows_at")
    return {**{name: getattr(row, name) for name in names}, "headline": row.alert.headline}
