"""Things with a form of their own: number plates, telephones, addresses, references, dates of birth.

Every repetition in these patterns has an upper bound and none stands inside another, so that the work grows no
faster than the text (a test reads the patterns and makes sure). Sources: DVLA INF104 (number plates), BS 7666
(postcodes), CIVIC.md section 4 (references of the police).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plugins.ward_boards.guard.findings import Found
from plugins.ward_boards.guard.words import lists

_PLATE_WORD = r"(?:reg(?:istration)?|number[ -]?plates?|licen[cs]e plates?|plates?|vrm)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)

CURRENT_PLATE = re.compile(
    r"\b(?:([A-HJ-PR-Y][A-HJ-PR-Y] ?[0-9]{2} ?[A-HJ-PR-Z]{3})|([a-hj-pr-y]{2}[0-9]{2} ?[a-hj-pr-z]{3}))\b"
)
OLD_PLATE = re.compile(r"\b(?:[A-HJ-NPR-TV-Y][0-9]{1,3} ?[A-HJ-PR-Y]{3}|[A-HJ-PR-Y]{3} ?[0-9]{1,3}[A-HJ-NPR-TV-Y])\b")
NAMED_PLATE = re.compile(
    rf"\b{_PLATE_WORD}\b[ .:,]{{0,3}}(?:no\.?|number)?[ :]{{0,2}}(?:is|was|of|starts?|reads?|ends?)?[ :]{{0,2}}"
    r"((?=[a-z ]{0,4}[0-9])(?:[a-z]{1,3} ?[0-9]{1,4}(?: ?[a-z]{1,3})?|[0-9]{1,4} ?[a-z]{1,3}))\b",
    re.IGNORECASE,
)
PHONE = re.compile(r"(?<![\w/.,-])(?:\+|00)?\(?\d(?:[ ().-]{0,2}\d){8,14}(?![\w/])")
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[a-z0-9-]{1,63}\.[a-z0-9.-]{1,120}", re.IGNORECASE)
HANDLE = re.compile(
    r"(?<![\w@.])@[A-Za-z0-9_][A-Za-z0-9_.]{2,29}"
    r"|\b(?:insta(?:gram)?|snap(?:chat)?|tiktok|facebook|twitter|telegram) ?(?:is|name|account|handle|user|:)[ :]{1,3}"
    r"[\w.]{3,30}"
    r"|\b(?:instagram|facebook|tiktok|twitter|x|t|snapchat)\.(?:com|me)/[\w.@/-]{2,60}",
    re.IGNORECASE,
)
POSTCODE = re.compile(
    r"\b(?:[a-pr-uwyz][0-9][0-9a-hjkpstuw]?|[a-pr-uwyz][a-hk-y][0-9][0-9abehmnprvwxy]?) ?[0-9][abd-hjlnp-uw-z]{2}\b",
    re.IGNORECASE,
)
REFERENCE = re.compile(
    r"\b(?:cad|cris|crn|nfrc|(?:crime|incident|police|case|report) (?:ref(?:erence)?|number|no\b))(?![a-z])"
    r"[ .:#]{0,3}(?:ref(?:erence)?|number|no\.?)?[ .:#]{0,3}(?:is|was)?[ :#]{0,3}"
    r"((?=[a-z/-]{0,6}[0-9])[a-z0-9][a-z0-9/-]{1,24})"
    r"|\bnfrc ?[0-9]{8,14}\b|\b[0-9]{1,5}/[0-9]{1,2}(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[0-9]{2,4}\b"
    r"|\b[0-9]{2}/[0-9]{5,8}/[0-9]{2}\b|\b[0-9]{7}/[0-9]{2}\b",
    re.IGNORECASE,
)
BIRTH = re.compile(
    r"\b(?:d\.?o\.?b\.?|date of birth|birthday|born(?: on)?)[ :.,]{0,3}(?:is|was)?[ :]{0,2}(?:on )?"
    rf"(?:[0-9]{{1,2}}[/. -][0-9]{{1,2}}[/. -](?:[0-9]{{4}}|[0-9]{{2}})\b|[0-9]{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}"
    r",? [0-9]{4}\b)",
    re.IGNORECASE,
)
FLAT = re.compile(
    r"\b(?:flat|apartment|apt)\.? (?:no\.? ?|number )?(?:[0-9]{1,4}[a-z]?|[A-H])\b"
    r"|\b(?:house|door) (?:no\.? ?|number )[0-9]{1,4}[a-z]?\b"
    r"|\b(?:at|from|of|next door at) (?:number|no\.?) ?[0-9]{1,4}[a-z]?\b",
    re.IGNORECASE,
)
_HOMES = (
    r"(?:flat|house|home|front door|back door|door|window|balcony|building|block|bedroom|kitchen|place|garage|shed)"
)
OWN_PLACE = re.compile(
    rf"\b(?:my|our) (?:own |front |back |bedroom |kitchen )?{_HOMES} (?:which |that )?"
    r"(?:is |looks )?(?:right |just |directly )?"
    r"(?:above|below|opposite|next (?:to|door)|beside|behind|over|under|facing|faces|overlooks|onto|near|"
    r"across from|on the|at the|by the|number|no\.?)\b"
    r"|\b(?:I|we) (?:both |all )?(?:live|stay|am living|are living) (?:right |just |directly )?"
    r"(?:above|below|opposite|next (?:to|door)|beside|behind|over|on the|at (?:number |no\.? ?)?\d|in flat|"
    r"across from)",
    re.IGNORECASE,
)
AWAY = re.compile(
    r"\b(?:I|we|my family)(?:'m| am|'re| are|'ll be| will be) (?:away|abroad|on holiday|out of the country) "
    r"(?:until|till|from|for|next|this|all|on)\b"
    r"|\b(?:my|our) (?:flat|house|home|place) (?:is|will be|stands) empty\b",
    re.IGNORECASE,
)
PICTURE = re.compile(
    r"\b(?:man|men|woman|women|person|people|lad|lads|boy|boys|girl|girls|guy|guys|one|two|kid|kids|youths?|suspects?|"
    r"thief|thieves|bloke) in (?:the|this|that|these|my|our) "
    r"(?:pictures?|photos?|pics?|images?|videos?|footage|clips?|cctv|screenshots?)\b"
    r"|\b(?:recogni[sz]e|identify|know|knows|seen) (?:him|her|them|(?:this|that|these|those) "
    r"(?:man|men|woman|women|person|people|lads?|boys?|girls?|guys?|kids?|youths?|faces?|blokes?))\b"
    r"|\bwho (?:is he|is she|he is|she is|they are|are they)\b"
    r"|\b(?:pictures?|photos?|pics?|footage|cctv|video) (?:of|shows|showing) (?:him|her|them|the|this|that|his|their) ?"
    r"(?:man|men|woman|women|lads?|boys?|girls?|guys?|thief|thieves|suspects?|faces?|people|youths?)?\b"
    r"|\b(?:his|her|their) face\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\b[0-9]{1,4}[a-zA-Z]?,? ")
_STREET_WORDS = re.compile(r"[A-Za-z][A-Za-z'’.-]{0,24}")
_NOT_AN_ADDRESS = re.compile(r"\b(?:bus|route|buses|the|number|no)\.? $", re.IGNORECASE)

PATTERNS = (
    CURRENT_PLATE,
    OLD_PLATE,
    NAMED_PLATE,
    PHONE,
    EMAIL,
    HANDLE,
    POSTCODE,
    REFERENCE,
    BIRTH,
    FLAT,
    OWN_PLACE,
    AWAY,
    PICTURE,
    _ADDRESS,
    _STREET_WORDS,
    _NOT_AN_ADDRESS,
)


def scan(text: str) -> Iterator[Found]:
    """Yield everything in a text that has the form of something private."""
    yield from _plates(text)
    yield from _phones(text)
    yield from _addresses(text)
    for match in POSTCODE.finditer(text):
        if match.group()[-2:] not in ("th", "st", "nd", "rd"):  # "the E1 4th floor" is no postcode
            yield Found("postcode", *match.span())
    for code, pattern in (
        ("email", EMAIL),
        ("handle", HANDLE),
        ("reference", REFERENCE),
        ("birth", BIRTH),
        ("address", FLAT),
        ("own_place", OWN_PLACE),
        ("away", AWAY),
        ("picture", PICTURE),
    ):
        for match in pattern.finditer(text):
            yield Found(code, *match.span())


def _plates(text: str) -> Iterator[Found]:
    short = lists().short
    for match in CURRENT_PLATE.finditer(text):
        written = match.group()
        # "ON 24 NOV" has the form of a plate with blanks; so has no plate the last letters of an everyday word.
        if written.count(" ") < 2 or written[-3:].lower() not in short:
            yield Found("plate", *match.span())
    for match in OLD_PLATE.finditer(text):
        letters = "".join(filter(str.isalpha, match.group()))
        if letters[-3:].lower() not in short and letters[:3].lower() not in short:
            yield Found("plate", *match.span())
    for match in NAMED_PLATE.finditer(text):
        if "".join(filter(str.isalpha, match.group(1))).lower() not in short | {"am", "pm", "a"}:
            yield Found("plate", *match.span(1))


def _phones(text: str) -> Iterator[Found]:
    candidates = list(PHONE.finditer(text))
    if not candidates:
        return
    import phonenumbers

    for match in candidates:
        try:
            number = phonenumbers.parse(match.group(), "GB")
        except phonenumbers.NumberParseException:
            continue
        # Numbers of services (03, 08, 116) belong to nobody; those kept free for films are written like real ones.
        is_service = number.country_code == 44 and str(number.national_number)[0] in "389"
        if phonenumbers.is_possible_number(number) and not is_service and match.group().lstrip("(")[0] in "0+":
            yield Found("phone", *match.span())


def _addresses(text: str) -> Iterator[Found]:
    known = lists()
    for match in _ADDRESS.finditer(text):
        if _NOT_AN_ADDRESS.search(text[max(0, match.start() - 12) : match.start()]):
            continue
        at = match.end()
        words: list[str] = []
        while len(words) < 4 and (word := _STREET_WORDS.match(text, at)):
            low = word.group().lower().rstrip(".")
            if words and low in known.street and _is_street(words):
                yield Found("address", match.start(), word.end())
                break
            if low in known.not_before_street:
                break
            words.append(word.group())
            at = word.end() + 1
            if text[word.end() : at] != " ":
                break


def _is_street(words: list[str]) -> bool:
    """Whether the words before "road" read like its name: capitals, or a single word."""
    return all(word[0].isupper() for word in words) or len(words) == 1
