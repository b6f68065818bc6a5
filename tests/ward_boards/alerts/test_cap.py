"""Every CAP file we write is valid by the schema and by the rules the schema does not hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from core.events import AlertSnapshot
from plugins.ward_boards.alerts import cap, cap_rules
from plugins.ward_boards.alerts.vocabulary import CATEGORIES, CERTAINTIES, SEVERITIES, URGENCIES

SCHEMA = Path(__file__).resolve().parents[4] / "shared" / "data" / "cap" / "CAP-v1.2.xsd"
SENT = datetime(2026, 3, 1, 18, 30, 0, 250_000, tzinfo=UTC)
NS = {"c": cap.NAMESPACE}


def snapshot(**changes: object) -> AlertSnapshot:
    values: dict[str, object] = {
        "alert_id": "a" * 32,
        "revision": 1,
        "state": "active",
        "headline": "Moped robberies on Roman Road",
        "description": "Two riders took phones near the market.",
        "instruction": "Keep your phone in your pocket.",
        "category": "Security",
        "event": "robbery",
        "severity": "Severe",
        "urgency": "Immediate",
        "certainty": "Observed",
        "areas": ("E05009320", "E05009317"),
        "onset": SENT - timedelta(hours=1),
        "sent": SENT,
        "expires": SENT + timedelta(hours=24),
        "audience": "borough",
    }
    return AlertSnapshot(**{**values, **changes})  # type: ignore[arg-type]


def written(alert: AlertSnapshot, earlier: tuple[cap.Reference, ...] = ()) -> bytes:
    return cap.document(
        cap.Message(
            alert=alert,
            sender="watch.example:8000",
            sender_name="Lamplight, Tower Hamlets",
            web="https://watch.example/alerts/1",
            event_name="Robbery",
            area_names={"E05009320": "Bow West"},
            earlier=earlier,
        )
    )


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    if not SCHEMA.exists():
        pytest.skip("the published test data (../shared/data) is not here")
    return etree.XMLSchema(etree.parse(str(SCHEMA)))


def test_W10_alert_update_and_cancel_are_valid_cap(schema: etree.XMLSchema) -> None:
    first = cap.Reference(1, SENT - timedelta(hours=2))
    second = cap.Reference(2, SENT - timedelta(hours=1))
    for document, kind in (
        (written(snapshot()), "Alert"),
        (written(snapshot(revision=2), (first,)), "Update"),
        (written(snapshot(revision=3, state="cancelled", note="It was a film crew."), (first, second)), "Cancel"),
    ):
        schema.assertValid(etree.fromstring(document))
        assert cap_rules.faults(document) == []
        assert etree.fromstring(document).findtext("c:msgType", namespaces=NS) == kind


def test_times_have_an_offset_and_neither_z_nor_fractions() -> None:
    root = etree.fromstring(written(snapshot()))
    assert root.findtext("c:sent", namespaces=NS) == "2026-03-01T18:30:00-00:00"
    east = datetime(2026, 7, 1, 1, 0, tzinfo=timezone(timedelta(hours=14)))
    assert cap.moment(east) == "2026-06-30T11:00:00-00:00"


def test_references_name_each_earlier_message_once() -> None:
    earlier = (cap.Reference(1, SENT - timedelta(hours=2)), cap.Reference(2, SENT - timedelta(hours=1)))
    root = etree.fromstring(written(snapshot(revision=3), earlier))
    references = (root.findtext("c:references", namespaces=NS) or "").split()
    expected = cap.identifier("watch.example:8000", "a" * 32, 1)
    assert references[0] == f"watch.example:8000,{expected},2026-03-01T16:30:00-00:00"
    assert len(references) == 2
    assert root.findtext("c:identifier", namespaces=NS) not in " ".join(references)


@pytest.mark.parametrize(
    ("audience", "scope", "extra"),
    [
        ("public", "Public", None),
        ("borough", "Restricted", "restriction"),
        ("all_verified", "Restricted", "restriction"),
        ("urn:uuid:1,urn:uuid:2", "Private", "addresses"),
    ],
)
def test_scope_says_who_may_read_it(audience: str, scope: str, extra: str | None) -> None:
    root = etree.fromstring(written(snapshot(audience=audience)))
    assert root.findtext("c:scope", namespaces=NS) == scope
    present = [name for name in ("restriction", "addresses") if root.find(f"c:{name}", NS) is not None]
    assert present == ([extra] if extra else [])


def test_areas_carry_their_gss_code_and_name() -> None:
    areas = etree.fromstring(written(snapshot())).findall(".//c:area", NS)
    assert [area.findtext("c:geocode/c:value", namespaces=NS) for area in areas] == ["E05009320", "E05009317"]
    assert areas[0].findtext("c:areaDesc", namespaces=NS) == "Bow West"
    assert areas[0].findtext("c:geocode/c:valueName", namespaces=NS) == "GSS"


def test_an_alert_without_known_areas_still_has_one() -> None:
    document = written(snapshot(areas=()))
    assert cap_rules.faults(document) == []


ANY_TEXT = st.text(st.characters(), max_size=60)
HIDDEN_CHARACTERS = st.text(
    st.sampled_from("a\x00\x0b\x1b\x7f\x85\ud800\ufffe\uffff<&>]]>'\"\r\n\t \U0001f6a8"), max_size=30
)


@given(
    texts=st.lists(ANY_TEXT | HIDDEN_CHARACTERS, min_size=6, max_size=6),
    words=st.tuples(*(st.sampled_from(sorted(w)) for w in (CATEGORIES, SEVERITIES, URGENCIES, CERTAINTIES))),
    audience=st.sampled_from(["public", "borough", "all_verified", "urn:uuid:1,peer 2"]),
    minutes=st.integers(1, 60 * 24 * 30),
    state=st.sampled_from(["active", "cancelled"]),
)
def test_whatever_is_written_the_file_is_valid(
    schema: etree.XMLSchema, texts: list[str], words: tuple[str, ...], audience: str, minutes: int, state: str
) -> None:
    headline, description, instruction, event, alert_id, note = texts
    category, severity, urgency, certainty = words
    alert = snapshot(
        alert_id=alert_id,
        state=state,
        headline=headline,
        description=description,
        instruction=instruction,
        event=event,
        note=note,
        category=category,
        severity=severity,
        urgency=urgency,
        certainty=certainty,
        audience=audience,
        revision=2,
        expires=SENT + timedelta(minutes=minutes),
    )
    document = written(alert, (cap.Reference(1, SENT - timedelta(days=1)),))
    schema.assertValid(etree.fromstring(document))
    assert cap_rules.faults(document) == []
