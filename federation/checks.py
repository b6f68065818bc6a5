"""What `doctor` says about neighbours."""

from __future__ import annotations

import stat

from core.contributions import Finding
from core.database import reading
from core.instance import instance
from federation import identity, keys, queries
from federation.public import actor
from federation.public import keys as public_keys


def findings() -> list[Finding]:
    """Return whether the key file is whole and private, the address is safe, and neighbours are reached."""
    config = instance().config
    found = [_key_file(), _address(config.public_url, config.require_https)]
    if actor.is_on():
        found.append(_public_keys())
    with reading() as db:
        rows = queries.peer_rows(db)
    for row in rows:
        if row.state == "verified" and row.problem:
            found.append(Finding(False, f"{row.name} cannot be reached ({row.problem}); {row.waiting} messages wait."))
    verified = sum(row.state == "verified" for row in rows)
    found.append(Finding(True, f"{verified} verified neighbours, {len(rows) - verified} others on the list."))
    return found


def _key_file() -> Finding:
    path = instance().config.data_dir / keys.FILE_NAME
    try:
        identity.own_keys()
    except keys.KeyFileBroken as problem:
        return Finding(False, str(problem))
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding(False, f"{path} can be read by others; run 'chmod 600 {path}'.")
    return Finding(True, "The key for neighbours opens and is readable by its owner only.")


def _public_keys() -> Finding:
    try:
        public_keys.own()
    except keys.KeyFileBroken as problem:
        return Finding(False, str(problem))
    if not public_keys.is_private():
        return Finding(False, f"{public_keys.FILE_NAME} can be read by others; run 'chmod 600' on it.")
    return Finding(True, f"Public alerts can be followed as @{actor.handle()}.")


def _address(url: str, require_https: bool) -> Finding:
    if url.startswith("https://") or not require_https:
        return Finding(True, f"Neighbours reach this instance at {url}.")
    return Finding(False, f"public_url is {url}; neighbours accept https:// only.")
