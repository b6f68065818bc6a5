"""Persons in a text: named ones, and those of whom only the looks are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.giveaways import Found
from plugins.ward_boards.guard.words import Lists, Token, lists, tokens

_NEAR = 8
_OWNERS = frozenset({"his", "her", "their", "whose", "man's", "the"})
_CALLED = frozenset({"called", "named", "nicknamed", "aka"})
_POINTS = frozenset({"was", "is", "it's", "its", "by", "definitely", "reported", "blame", "blamed"})
_BE = frozenset({"is", "was", "are", "were", "be", "being", "been", "he's", "she's", "they're", "who's", "that's"})
_THIRD = frozenset({"he", "she", "they", "him", "her", "them", "somebody", "someone", "neighbour", "neighbours"})


def named(text: str, places: frozenset[str] = frozenset()) -> Iterator[Found]:
    """Yield the names of persons; `places` are names of wards and the like, in lower case, which are none."""
    words = tokens(text)
    known = lists()
    taken = -1
    for at, token in enumerate(words):
        if at <= taken or token.is_end:
            continue
        span = (
            _after_name_is(words, at, known)
            or _after_called(words, at, known)
            or _after_honorific(words, at, known)
            or _whole_name(words, at, known)
            or _pointed_at(words, at, known)
            or _accused(words, at, known)
        )
        if span is None:
            continue
        first, last = span
        found = Found("name", words[first].start, words[last].end)
        if text[found.start : found.end].lower() not in places:
            taken = last
            yield found


def _can_be_name(token: Token, known: Lists, *, small_too: bool = False) -> bool:
    if token.is_end or token.low in known.not_names or token.low in known.places or token.word[0].isdigit():
        return False
    return token.is_capital or (small_too and token.low in known.first_names)


def _run(words: Sequence[Token], first: int, known: Lists, *, small_too: bool = False) -> tuple[int, int] | None:
    """Return the one, two or three words from `first` on that read as one name; none when they name a place."""
    last = first - 1
    for at in range(first, min(first + 3, len(words))):
        if words[at].is_end or (at > first and words[at].start - words[at - 1].end > 2):
            break
        if words[at].is_capital and words[at].low in known.places:
            return None  # "Victoria Park", "Grace House"
        if not _can_be_name(words[at], known, small_too=small_too):
            break
        last = at
    return None if last < first else (first, last)


def _after_name_is(words: Sequence[Token], at: int, known: Lists) -> tuple[int, int] | None:
    """His name is Sam; her name was …"""
    if words[at].low not in known.name_nouns or at == 0:
        return None
    owned = {word.low for word in words[max(0, at - 3) : at]} & _OWNERS
    if not owned:
        return None
    here = at + 1
    if here < len(words) and words[here].low in _BE:
        here += 1
    elif not words[at].word.endswith(("'s", "’s")):
        return None
    persons = owned - {"the"} or _is_person_near(words, at, known)
    return _run(words, here, known, small_too=True) if persons and here < len(words) else None


def _after_called(words: Sequence[Token], at: int, known: Lists) -> tuple[int, int] | None:
    """A man called Sam; he is known as Sam."""
    is_known_as = words[at].low in ("as", "by") and at > 0 and words[at - 1].low in ("known", "goes", "named")
    if (words[at].low not in _CALLED and not is_known_as) or at + 1 >= len(words):
        return None
    before = words[max(0, at - 3) : at]
    if not any(word.low in known.person or word.low in known.suspect or word.low in _THIRD for word in before):
        return None
    direct = words[at - 1].low in _THIRD and words[at].low == "called"
    return None if direct else _run(words, at + 1, known, small_too=True)  # "she called Sam" is a telephone call


def _after_honorific(words: Sequence[Token], at: int, known: Lists) -> tuple[int, int] | None:
    if words[at].low not in known.honorific or not words[at].word[0].isupper() or at + 1 >= len(words):
        return None
    here = at + 1
    if words[here].word == ".":
        here += 1
    found = _run(words, here, known) if here < len(words) else None
    return None if found is None else (at, found[1])


def _whole_name(words: Sequence[Token], at: int, known: Lists) -> tuple[int, int] | None:
    """A common first name and another capital word behind it: Jamie Cooper."""
    if words[at].low not in known.first_names or not words[at].is_capital or _has_role_before(words, at, known):
        return None
    found = _run(words, at, known)
    return found if found and found[1] > found[0] else None


def _pointed_at(words: Sequence[Token], at: int, known: Lists) -> tuple[int, int] | None:
    """It was Sam Cooper; the thief is Sam."""
    if words[at].low not in _POINTS or at + 1 >= len(words):
        return None
    if not words[at + 1].is_capital or _has_role_before(words, at + 1, known):
        return None
    found = _run(words, at + 1, known)
    if found is None:
        return None
    blamed = any(word.low in known.suspect for word in words[max(0, at - 3) : at])
    return found if blamed or words[at + 1].low in known.first_names and found[1] > found[0] else None


def _accused(words: Sequence[Token], at: int, known: Lists) -> tuple[int, int] | None:
    """A first name, and within a few words what he is said to have done: Darren nicked it."""
    token = words[at]
    if token.low not in known.first_names or not token.is_capital or _has_role_before(words, at, known):
        return None
    if _run(words, at, known) is None:
        return None
    for word in words[at + 1 : at + 1 + _NEAR]:
        if word.is_end:
            return None
        if word.low in known.accusing or word.low in known.suspect:
            return at, at
    return None


def _has_role_before(words: Sequence[Token], at: int, known: Lists) -> bool:
    """Whether the name is that of somebody in office: PC, councillor, doctor."""
    return any(word.low in known.role for word in words[max(0, at - 2) : at])


def _is_person_near(words: Sequence[Token], at: int, known: Lists) -> bool:
    return any(word.low in known.person or word.low in known.suspect for word in words[max(0, at - _NEAR) : at])


def only_looks(text: str) -> Iterator[Found]:
    """Yield a description of somebody that says how they look and not what they did; one for the whole text."""
    words = tokens(text)
    known = lists()
    lows = {word.low for word in words}
    if lows & known.behaviour or lows & known.exempt_from_looks or not lows & known.person:
        return
    ethnic = [word for word in words if _parts(word.low) & known.ethnic]
    looks = [word for word in words if _parts(word.low) & known.looks]
    if (ethnic and looks) or (ethnic and _beside_person(words, known)) or len({word.low for word in looks}) > 1:
        marked = sorted([*ethnic, *looks], key=lambda word: word.start)
        yield Found("only_looks", marked[0].start, marked[-1].end)


def _parts(word: str) -> set[str]:
    """Return a word, its singular, and what hyphens join."""
    return {word, word.removesuffix("s"), *word.split("-")}


def _beside_person(words: Sequence[Token], known: Lists) -> bool:
    """Whether a word for a people stands before a person: "two Asian lads", but not "a black car"."""
    return any(
        _parts(first.low) & known.ethnic and second.low in known.person
        for first, second in zip(words, words[1:], strict=False)
    )


def accuses(text: str) -> bool:
    """Whether somebody is called a thief or the like, or said to have done such a thing."""
    known = lists()
    return any(word.low in known.suspect or word.low in known.accusing for word in tokens(text))
