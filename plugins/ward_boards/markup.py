"""What writers type and what readers see: cleaning of text, and Markdown to safe HTML. Rendered once, on save."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import nh3

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr", "h3", "h4"}
_LINK = re.compile(r"https?://[^\s<>\"'`]{3,500}", re.IGNORECASE)
_TRAILING = ".,;:!?)]}*_"
# C0 and C1 controls but tab and newline, and the marks that turn the direction of what follows.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_MANY_LINES = re.compile(r"\n{4,}")


def clean(text: str) -> str:
    """Return the text without control characters, lone surrogates, marks of direction and outer space."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return _MANY_LINES.sub("\n\n\n", _UNWANTED.sub("", plain)).strip()


def one_line(text: str) -> str:
    """Return cleaned text on a single line, as a title needs it."""
    return " ".join(clean(text).split())


def render(text: str) -> str:
    """Return HTML for a post. Raw HTML and pictures in the text stay text; nothing is fetched from elsewhere."""
    # A newline after a line break would be shown as a second one, for pages keep the newlines of a paragraph.
    html = str(_parser().render(text)).replace("<br />\n", "<br>")
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="nofollow ugc noopener noreferrer",
    )


def quote(text: str, label: str) -> str:
    """Return a post as a Markdown quotation with its author's label, ready to answer below."""
    lines = [f"**{label}**", "", *text.split("\n")[:30]]
    return "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"


def excerpt(text: str, length: int = 160) -> str:
    """Return the beginning of a post as plain words for a list."""
    words = re.sub(r"(?m)^>.*$|[*_`#>]+", " ", text)
    flat = " ".join(words.split())
    return flat if len(flat) <= length else flat[:length].rsplit(" ", 1)[0] + "…"


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 10})
    parser.enable("strikethrough")
    parser.disable(["image", "html_block", "html_inline", "lheading", "reference"])
    parser.core.ruler.push("bare_links", _link_bare_addresses)
    parser.core.ruler.push("calm_headings", _calm_headings)
    return parser


def _calm_headings(state: StateCore) -> None:
    """Lower headings under the page's own."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3" if token.tag in ("h1", "h2", "h3") else "h4"


def _link_bare_addresses(state: StateCore) -> None:
    """Make a link of an address typed as it is, as most people do."""
    for block in state.tokens:
        if block.type != "inline" or not block.children or "://" not in block.content:
            continue
        depth, children = 0, []
        for token in block.children:
            depth += token.nesting if token.type in ("link_open", "link_close") else 0
            children.extend([token] if depth or token.type != "text" else _split_at_links(token))
        block.children = children


def _split_at_links(token: Token) -> list[Token]:
    from markdown_it.token import Token

    parts, position = [], 0
    for found in _LINK.finditer(token.content):
        address = found.group().rstrip(_TRAILING)
        if found.start() > position:
            parts.append(Token("text", "", 0, content=token.content[position : found.start()]))
        parts.append(Token("link_open", "a", 1, attrs={"href": address}))
        parts.append(Token("text", "", 0, content=address))
        parts.append(Token("link_close", "a", -1))
        position = found.start() + len(address)
    parts.append(Token("text", "", 0, content=token.content[position:]))
    return parts
