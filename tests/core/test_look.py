"""The look, checked without a browser: contrast of every pair of colours in use, weight, and clean templates."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "core" / "static"
LOOK = ROOT / "core" / "web" / "look"
FOLDERS = [ROOT / name for name in ("core", "plugins", "federation")]
TEMPLATES = sorted(path for folder in FOLDERS for path in folder.rglob("templates/**/*.html"))
PYTHON = sorted(path for folder in FOLDERS for path in folder.rglob("*.py"))
FIRST_VISIT_BYTES = 60_000
# Text on ground: 4.5 to 1 (WCAG 2.2, 1.4.3).
TEXT = [
    *((ink, ground) for ink in ("ink", "muted") for ground in ("paper", "surface", "sunk", "soft")),
    *(("brand", ground) for ground in ("paper", "surface")),
    *(("red-text", ground) for ground in ("paper", "surface")),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-soft", "soft"),
    ("on-amber", "amber"),
    ("on-amber-edge", "amber-edge"),
    ("on-red", "red"),
    ("on-red", "red-strong"),
    ("on-red-soft", "red-soft"),
    ("on-night", "night"),
    ("on-night", "night-strong"),
    ("on-night-muted", "night"),
    ("on-lamp", "lamp"),
    ("on-lamp", "lamp-strong"),
]
# Edges of fields and buttons: 3 to 1 (1.4.11).
EDGES = [*(("edge", ground) for ground in ("paper", "surface")), ("night-edge", "night")]


def _css() -> str:
    return (STATIC / "app.css").read_text(encoding="utf-8")


def _tokens(selector: str, prefix: str = "bw") -> dict[str, str]:
    found: dict[str, str] = {}
    for body in re.findall(rf"(?:^|[}}{{,])\s*{re.escape(selector)}\{{([^}}]*)\}}", _css()):
        found.update(re.findall(rf"--{prefix}-([\w-]+):\s*(#[0-9a-fA-F]{{3,6}})(?=[;}}]|$)", body))
    return found


def _theme(name: str) -> dict[str, str]:
    light = _tokens(":root")
    return light if name == "light" else {**light, **_tokens("[data-bs-theme=dark]")}


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_right() -> None:
    assert round(_contrast("#000", "#ffffff"), 1) == 21.0
    assert round(_contrast("#777777", "#fff"), 2) == 4.48


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_its_ground(theme: str) -> None:
    tokens = _theme(theme)
    weak = {pair: round(_contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in TEXT}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_edges_stand_out_from_their_ground(theme: str) -> None:
    tokens = _theme(theme)
    weak = {pair: round(_contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in EDGES}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "surface", "brand", "red", "amber", "night"])
def test_focus_is_seen_on_every_ground(theme: str, ground: str) -> None:
    tokens = _theme(theme)
    assert max(_contrast(tokens[ring], tokens[ground]) for ring in ("focus", "focus-ink")) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_links_stand_out_from_paper_and_cards(theme: str) -> None:
    links = {**_tokens("[data-bs-theme=light]", "bs"), **_tokens(f"[data-bs-theme={theme}]", "bs")}
    tokens = _theme(theme)
    assert all(_contrast(links["link-color"], tokens[ground]) >= 4.5 for ground in ("paper", "surface", "sunk"))


def test_the_system_theme_is_the_dark_theme() -> None:
    assert _tokens("[data-bs-theme=auto]") == _tokens("[data-bs-theme=dark]") != {}


def test_first_visit_weighs_little() -> None:
    files = ("app.css", "app.js", "icons.svg", "street.svg", "favicon.svg")
    weights = {name: len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in files}
    assert sum(weights.values()) < FIRST_VISIT_BYTES - 10_000, f"no room is left for a page of 10 kB: {weights}"


def test_styles_and_scripts_ask_nobody_else() -> None:
    for name in ("app.css", "app.js"):
        text = (STATIC / name).read_text(encoding="utf-8")
        assert re.findall(r"@import|url\((?!\"?(?:data:|[\w-]+\.svg))|sourceMappingURL", text) == [], name
        assert set(re.findall(r"https?://[\w./-]+", text)) <= {"http://www.w3.org/2000/svg"}, name


def test_no_registry_host_is_committed() -> None:
    for path in LOOK.iterdir():
        assert not re.search(r"https?://(?!www\.w3\.org/)", path.read_text(encoding="utf-8")), path.name
    assert not (LOOK / "package-lock.json").exists()


def test_every_vendored_part_is_pinned_and_has_its_licence() -> None:
    pins = json.loads((LOOK / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins.values())
    for name in ("bootstrap", "bootstrap-icons", "govuk-frontend"):
        assert name in pins
        assert "MIT" in (STATIC / "licenses" / f"{name}.txt").read_text(encoding="utf-8")


def test_right_to_left_needs_no_second_stylesheet() -> None:
    sides = r"(?<![\w-])(?:(?:margin|padding|border)-)?(?:left|right)(?=:)|(?:float|text-align):\s*(?:left|right)\b"
    assert re.findall(sides, _css()) == []


def _lines(path: Path) -> list[tuple[int, str]]:
    return list(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))


def test_no_template_has_inline_style_or_script() -> None:
    code = r"\sstyle\s*=|<style\b|<script(?![^>]*\ssrc=)|\son[a-z]+\s*=\s*[\"']|javascript:|(?<!html)\|\s*safe\b"
    inline = re.compile(code, re.IGNORECASE)
    found = [f"{path.relative_to(ROOT)}:{n}" for path in TEMPLATES for n, line in _lines(path) if inline.search(line)]
    assert found == []


def test_no_template_loads_from_elsewhere() -> None:
    parts = "script|link|img|iframe|source|object|embed"
    loads = re.compile(rf"<(?:{parts})\b[^>]*(?:src|href|data)=[\"'](?:https?:)?//", re.IGNORECASE)
    found = [f"{path.relative_to(ROOT)}:{n}" for path in TEMPLATES for n, line in _lines(path) if loads.search(line)]
    assert found == []


def untranslated(template: str) -> list[str]:
    """Return words a reader would see that do not pass through gettext."""
    text = re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.DOTALL)
    spoken = re.findall(r"\b(?:aria-label|title|alt|placeholder)=\"([^\"]*)\"", text)
    text = re.sub(r"<(code|kbd|samp)\b.*?</\1>|<!--.*?-->|<[^>]*>|&\w+;", " ", text, flags=re.DOTALL)
    return [words.strip() for words in (*spoken, *text.splitlines()) if re.search(r"(?<![\w-])[^\W\d_]{2,}", words)]


def test_the_checker_of_translations_sees() -> None:
    assert untranslated("<p>{{ _('Hello') }} there</p>") == ["there"]
    assert untranslated('<a title="More" href="/x">{{ _("x") }}</a>') == ["More"]
    assert untranslated("<p>{% if a > b %}{{ _('Hi') }}{% endif %} <kbd>Esc</kbd> &nbsp; 999</p>{# note #}") == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_visible_word_can_be_translated(path: Path) -> None:
    assert untranslated(path.read_text(encoding="utf-8")) == []


def test_every_icon_in_use_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    used: dict[str, str] = {}
    for path in TEMPLATES:
        for name in re.findall(r"(?:icon\(|sign=)\s*'([\w-]+)'", path.read_text(encoding="utf-8")):
            used[name] = path.name
    for path in PYTHON:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"NavItem\([^()]*\([^()]*\),\s*\"[\w.]+\",\s*\"([\w-]+)\"|icon=\"([\w-]+)\"", text):
            used["".join(name)] = path.name
    assert {name: where for name, where in used.items() if name not in known} == {}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_has_one_primary_button_at_most(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    primary = len(re.findall(r"forms\.button\((?![^)]*look=)", text)) + text.count("btn-primary")
    branches = len(re.findall(r"\{%-?\s*(?:else|elif)\b|\{%-?\s*(?:if|macro)\b", text))
    assert primary <= 1 + branches, f"{primary} primary buttons; the others are 'outline-secondary' or links"
