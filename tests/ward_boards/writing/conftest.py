"""Pictures that say too much, and where the instance keeps things."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from core.instance import instance

CANARY = b"CanaryStreet99"


@pytest.fixture
def photo() -> Callable[..., bytes]:
    """Return a function that makes a JPEG with a place, a camera and an author in it."""

    def make(width: int = 640, height: int = 480) -> bytes:
        exif = Image.Exif()
        exif[0x010E] = exif[0x0110] = exif[0x013B] = CANARY.decode()
        exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 31.0, 12.0), 3: "W", 4: (0.0, 1.0, 2.0), 29: CANARY.decode()})
        target = io.BytesIO()
        Image.effect_noise((width, height), 40).convert("RGB").save(target, "JPEG", exif=exif, comment=CANARY)
        assert CANARY in target.getvalue()
        return target.getvalue()

    return make


@pytest.fixture
def pdf(photo: Any) -> Callable[..., bytes]:
    """Return a function that makes a PDF of so many pages, with its author's name."""

    def make(pages: int = 2) -> bytes:
        target = io.BytesIO()
        pictures = [Image.open(io.BytesIO(photo(240, 180))) for _ in range(pages)]
        pictures[0].save(target, "PDF", save_all=True, append_images=pictures[1:], author=CANARY.decode())
        return target.getvalue()

    return make


@pytest.fixture
def upload(thread_form: Any) -> Callable[..., dict[str, Any]]:
    """Return a function that gives what the compose page sends with files: pairs of bytes and words."""

    def fill(*files: tuple[bytes, str], **changes: Any) -> dict[str, Any]:
        data: dict[str, Any] = thread_form(looked_at="1", no_faces="y", **changes)
        for number, (content, alt) in enumerate(files, start=1):
            data[f"file_{number}"] = (io.BytesIO(content), "IMG_0001.jpg")
            data[f"alt_{number}"] = alt
        return data

    return fill


@pytest.fixture
def folder(boards_app: Flask) -> Path:
    """Return the instance's data folder."""
    with boards_app.app_context():
        return Path(instance().config.data_dir)


@pytest.fixture
def found_in(folder: Path) -> Callable[[bytes], list[str]]:
    """Return a function that names the files of the data folder which hold some bytes."""

    def search(needle: bytes) -> list[str]:
        return [path.name for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]

    return search
