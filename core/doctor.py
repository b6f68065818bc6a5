"""Self-checks for operators: what is wrong with this installation, in sentences."""

from __future__ import annotations

import shutil
from datetime import timedelta
from importlib.metadata import packages_distributions

import sqlalchemy as sa

from core import chains, event_log, jobs, migrate, plugin_manager, storage, wards
from core.contributions import Chain, Finding
from core.database import now, reading
from core.instance import instance
from core.models import JobRun, Postcode, RoleGrant
from core.plugin_manager import DISTRIBUTION

LOW_DISK_BYTES = 500 << 20
LATE = timedelta(minutes=30)


def findings() -> list[Finding]:
    """Return all findings, core's first; a check that fails is a finding too."""
    found: list[Finding] = []
    for check in CHECKS:
        try:
            found.append(check())
        except Exception as problem:
            found.append(
                Finding(False, f"The check '{check.__name__.strip('_')}' failed: {str(problem).splitlines()[0]}")
            )
    found += _chains()
    for name, answer in plugin_manager.current().ask_each("self_checks"):
        if isinstance(answer, Exception):
            found.append(Finding(False, f"The plugin {name} could not check itself: {answer}"))
        else:
            found.extend(answer)
    return found


def _packages() -> Finding:
    for package, owners in packages_distributions().items():
        others = sorted(set(owners) - {DISTRIBUTION})
        if DISTRIBUTION in owners and others:
            text = (
                f"Another distribution ({', '.join(others)}) also brings '{package}'. Install into an own environment."
            )
            return Finding(False, text)
    return Finding(True, "Our packages come from one distribution.")


def _configuration() -> Finding:
    config = instance().config
    loaded = ", ".join(instance().plugins.names) or "none"
    if config.public_url.startswith("http://") and not config.demo:
        return Finding(False, f"public_url is {config.public_url}: use https:// before people join.")
    return Finding(True, f"{config.borough_name} at {config.public_url}, plugins: {loaded}.")


def _database() -> Finding:
    late = migrate.behind()
    if late:
        return Finding(False, f"The tables of {', '.join(late)} are old. Run 'boroughwatch db upgrade'.")
    parked = migrate.parked()
    tail = f" Parked tables: {', '.join(parked)}." if parked else ""
    return Finding(True, f"The database has its newest form.{tail}")


def _wards() -> Finding:
    count = sum(ward.kind == "ward" for ward in wards.boards())
    if not count:
        return Finding(False, "There are no wards. Run 'boroughwatch init' again for this borough.")
    with reading() as db:
        postcodes = db.scalar(sa.select(sa.func.count()).select_from(Postcode)) or 0
    if not postcodes:
        return Finding(False, f"{count} wards, but no postcodes. Run 'boroughwatch postcodes import FILE.csv'.")
    return Finding(True, f"{count} wards and {postcodes} postcodes.")


def _files() -> Finding:
    storage.check()
    free = shutil.disk_usage(instance().config.data_dir).free
    if free < LOW_DISK_BYTES:
        return Finding(False, f"Only {free >> 20} MB of disk are free. Make room, or nothing can be saved soon.")
    return Finding(True, f"The file store answers; {free >> 30} GB of disk are free.")


def _queue() -> Finding:
    jobs.check_queue()
    return Finding(True, "The queue answers.")


def _mail() -> Finding:
    config = instance().config
    if not config.smtp_url:
        return Finding(config.demo, "No mail is sent: smtp_url is empty. Mails are kept as files in the data folder.")
    return Finding(True, "Mail goes out through the server in smtp_url.")


def _people() -> Finding:
    with reading() as db:
        admins = db.scalar(sa.select(sa.func.count()).select_from(RoleGrant).where(RoleGrant.role == "admin")) or 0
    if admins < 2:
        return Finding(False, f"There is {admins} admin. Name a second one, so that nobody is locked out.")
    return Finding(True, f"There are {admins} admins.")


def _late_jobs() -> Finding:
    with reading() as db:
        late = db.scalars(sa.select(JobRun.name).where(JobRun.due_at < now() - LATE)).all()
    if late:
        return Finding(False, f"These jobs are late: {', '.join(late)}. Is 'boroughwatch serve' or 'worker' running?")
    return Finding(True, "No job is late.")


def _events() -> Finding:
    with reading() as db:
        stuck = event_log.pending(db)
    if stuck:
        names = ", ".join(sorted({row["subscriber"] for row in stuck}))
        return Finding(False, f"Some work fails and is tried again: {names}. See the log for the reason.")
    return Finding(True, "All events were dealt with.")


def _chains() -> list[Finding]:
    with reading() as db:
        return [Finding(not each.problem, each.problem or _whole(each)) for each in chains.look_at(db)]


def _whole(chain: Chain) -> str:
    state = f"whole, from entry 1 to {chain.length}" if chain.length else "still empty"
    return f"The {chain.name} is {state}."


CHECKS = (
    _packages,
    _configuration,
    _database,
    _wards,
    _files,
    _queue,
    _mail,
    _people,
    _late_jobs,
    _events,
)
