from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from core import permissions
from core.contributions import Authorship, PostSignature, Viewer
from core.database import new_id, transaction
from core.hookspecs import hookimpl
from core.testing import make_app, make_member
from plugins.anonymity import hooks, signing, week_names
from plugins.anonymity.openings.sealed import Order

BOW_WEST, BOW_EAST, SHADWELL = "E05009320", "E05009319", "E05009332"
ORDER = Order("court", "The post names a witness.", "Snaresbrook 12/2026")


@dataclass
class Boards:
    """Stands for a plugin with boards: it knows how posts are signed, and nothing else."""

    signatures: dict[str, PostSignature] = field(default_factory=dict)

    def hooks(self) -> Any:
        @hookimpl
        def signature_of(post_id: str) -> PostSignature | None:
            return self.signatures.get(post_id)

        return SimpleNamespace(signature_of=signature_of)

    def post(self, signed: Authorship, thread_id: str = "t" * 32) -> str:
        post_id = new_id()
        by = (signed.kind, signed.label, signed.ref, signed.member_id)
        self.signatures[post_id] = PostSignature(post_id, thread_id, (BOW_WEST,), *by)
        return post_id


@pytest.fixture
def boards() -> Boards:
    return Boards()


@pytest.fixture
def app(tmp_path: Path, boards: Boards) -> Flask:
    return make_app(tmp_path, plugins={"anonymity": hooks, "boards": boards.hooks()})


@dataclass
class People:
    """Custodians of two wards, another of the first one's ward, and who wrote."""

    asker: str
    decider: str
    same_ward: str
    writer: str


@pytest.fixture
def people(app: Flask) -> People:
    return People(
        asker=make_member(app, "Ash", roles=["custodian"], ward=BOW_WEST),
        decider=make_member(app, "Birch", roles=["custodian"], ward=SHADWELL),
        same_ward=make_member(app, "Cedar", roles=["custodian"], ward=BOW_WEST),
        writer=make_member(app, "Oak", ward=BOW_EAST),
    )


def viewer_of(member_id: str) -> Viewer:
    with transaction() as db:
        return permissions.viewer_of(db, member_id)


@pytest.fixture
def write(boards: Boards) -> Callable[..., str]:
    """Return a function that writes a post as a member, signed in one of the ways, and returns its id."""

    def write(member_id: str, kind: str = signing.THREAD_ALIAS, thread_id: str = "t" * 32) -> str:
        with transaction() as db:
            viewer = permissions.viewer_of(db, member_id)
            if kind == "alias":
                signed: Authorship | None = Authorship("alias", "", member_id=member_id)
            elif kind == "unlinkable":
                signed = Authorship("unlinkable", "Calm Heron 123456", ref="a" * 32)
            else:
                signed = signing.sign(db, viewer, thread_id, kind)
        assert signed is not None
        return boards.post(signed, thread_id)

    return write


KINDS_WITH_KEY = ("thread_alias", "group", week_names.KIND)
