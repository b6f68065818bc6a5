"""The rules that the CAP schema does not hold are held by ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.ward_boards.alerts import cap_rules

GOOD = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>urn:uuid:1</identifier><sender>watch.example</sender><sent>2026-03-01T18:30:00-00:00</sent>
<status>Actual</status><msgType>Update</msgType><scope>Restricted</scope><restriction>Members only</restriction>
<references>watch.example,urn:uuid:0,2026-03-01T17:30:00-00:00</references>
<info><category>Security</category><event>Robbery</event><urgency>Immediate</urgency><severity>Severe</severity>
<certainty>Observed</certainty><onset>2026-03-01T18:00:00-00:00</onset><expires>2026-03-02T18:30:00-00:00</expires>
<area><areaDesc>Bow West</areaDesc><polygon>51.5,-0.1 51.6,-0.1 51.6,0.0 51.5,-0.1</polygon>
<geocode><valueName>GSS</valueName><value>E05009320</value></geocode></area></info></alert>"""


def test_a_good_document_has_no_faults() -> None:
    assert cap_rules.faults(GOOD.encode()) == []


@pytest.mark.parametrize(
    ("good", "bad", "word"),
    [
        ("<restriction>Members only</restriction>", "", "Restricted needs restriction"),
        ("<scope>Restricted</scope>", "<scope>Public</scope>", "only for Restricted"),
        ("<scope>Restricted</scope>", "<scope>Private</scope>", "Private needs addresses"),
        ("<references>watch.example,urn:uuid:0,2026-03-01T17:30:00-00:00</references>", "", "needs references"),
        ("watch.example,urn:uuid:0,2026", "watch.example urn:uuid:0,2026", "a reference is"),
        ("watch.example,urn:uuid:0,", "watch.example,urn:uuid:1,", "refer to itself"),
        ("<identifier>urn:uuid:1<", "<identifier>alert 1,2<", "identifier must have no"),
        ("<sender>watch.example<", "<sender>Tower Hamlets Watch<", "sender must have no"),
        ("<sent>2026-03-01T18:30:00-00:00<", "<sent>2026-03-01T18:30:00Z<", "sent must be"),
        ("<sent>2026-03-01T18:30:00-00:00<", "<sent>2026-13-01T18:30:00-00:00<", "sent must be"),
        ("<status>Actual<", "<status>Draft<", "Draft"),
        ("<expires>2026-03-02T18:30:00-00:00</expires>", "", "expires is missing"),
        ("<expires>2026-03-02T", "<expires>2026-02-02T", "expires must be after"),
        ("51.6,0.0 51.5,-0.1<", "51.6,0.0 51.5,-0.2<", "ends where it starts"),
        ("51.6,0.0 ", "151.6,0.0 ", "latitude,longitude"),
        ("51.6,0.0 ", "north,0.0 ", "latitude,longitude"),
        ("<value>E05009320<", "<value>Bow West<", "not a GSS code"),
    ],
)
def test_each_trap_is_found(good: str, bad: str, word: str) -> None:
    assert good in GOOD
    found = cap_rules.faults(GOOD.replace(good, bad).encode())
    assert any(word in fault for fault in found), found


@pytest.mark.parametrize(
    "document",
    [
        b"not xml",
        b"<alert/>",
        b'<!DOCTYPE a [<!ENTITY x "y">]>' + GOOD.split("?>", 1)[1].strip().encode(),
        b"<a>" + b"x" * 1_000_001 + b"</a>",
    ],
)
def test_what_is_no_cap_document_is_refused(document: bytes) -> None:
    assert len(cap_rules.faults(document)) == 1


def test_real_alerts_of_others_are_read_without_an_error(shared_data: Path) -> None:
    for path in sorted((shared_data / "cap").glob("*.xml")):
        assert isinstance(cap_rules.faults(path.read_bytes()), list), path.name
