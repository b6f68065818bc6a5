from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from core import boundaries, geometry, postcode_files, postcodes, wards
from core.database import reading, transaction
from core.models import Postcode, Ward
from core.testing import make_app

BOW_WEST = "E05009320"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared sample files are not here")


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, plugins={})


def test_all_wards_of_the_33_boroughs_come_with_us() -> None:
    listed = wards.boroughs()
    assert len(listed) == 33
    rows = [row for code, _name in listed for row in wards.wards_of(code)]
    assert len({row.code for row in rows}) == 704
    assert len(wards.wards_of("E09000030")) == 20
    assert wards.borough_name("E09000012") == "Hackney"


def test_neighbours_know_one_another() -> None:
    for code, _name in wards.boroughs():
        for other in wards.neighbours(code):
            assert code in wards.neighbours(other), (code, other)
    assert wards.police_force("E09000001") == "city-of-london"
    assert wards.police_force("E09000030") == "metropolitan"


def test_unknown_borough_is_refused_with_what_was_expected() -> None:
    for ask in (wards.borough_name, wards.wards_of, wards.neighbours, wards.police_force):
        with pytest.raises(wards.UnknownBorough, match="GSS code like E09000030"):
            ask("E09000099")


def test_W1_boards_are_the_borough_first_then_its_wards_by_name(app: Flask) -> None:
    with app.app_context():
        boards = wards.boards()
        assert len(boards) == 21
        assert (boards[0].code, boards[0].kind) == ("E09000030", "borough")
        names = [row.name for row in boards[1:]]
        assert names == sorted(names)
        assert wards.is_ward(BOW_WEST)
        assert not wards.is_ward("E09000030")
        assert not wards.is_ward("E05009367")


def test_names_reach_beyond_our_own_borough(app: Flask) -> None:
    with app.app_context():
        assert wards.name_of(BOW_WEST) == "Bow West"
        assert wards.name_of("E09000012") == "Hackney"
        assert wards.name_of("E05009288") == "Aldersgate"
        assert wards.name_of("E05999999") == "E05999999"


def test_loading_a_borough_twice_changes_nothing(app: Flask) -> None:
    with app.app_context(), transaction() as db:
        assert wards.load_borough(db, "E09000030") == 0


def test_boards_are_read_anew_after_they_were_forgotten(app: Flask) -> None:
    with app.app_context():
        wards.boards()
        with transaction() as db:
            db.get_one(Ward, BOW_WEST).name = "Bow Far West"
        assert wards.name_of(BOW_WEST) == "Bow West"
        wards.forget_boards()
        assert wards.name_of(BOW_WEST) == "Bow Far West"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("e1 0aa", "E1 0AA"),
        ("E10AA", "E1 0AA"),
        (" ec1a-1aa ", "EC1A 1AA"),
        ("e1 oaa", "E1 0AA"),
        ("E3 IAB", "E3 1AB"),
        ("GIR 0AA", "GIR 0AA"),
        ("sw1a 2aa", "SW1A 2AA"),
    ],
)
def test_postcode_is_read_however_it_is_typed(typed: str, written: str) -> None:
    assert wards.normalise_postcode(typed) == written


@pytest.mark.parametrize(
    "typed", ["", "E1", "E1 0", "E1 0AAAA", "1AA 0EE", "E1 0CA", "QE1 0AA", "🦊" * 6, "E1 0AA" * 500]
)
def test_what_cannot_be_a_postcode_is_none(typed: str) -> None:
    assert wards.normalise_postcode(typed) is None


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


HEADS = {
    "onspd": "pcd,pcd2,pcds,dointr,doterm,oscty,ced,oslaua,osward,parish,usertype,oseast1m",
    "nspl_old": "pcd,pcd2,pcds,dointr,doterm,cty,ced,laua,ward,nhser,usertype,oseast1m",
    "nspl_2025": "pcd7,pcd8,pcds,dointr,doterm,cty25cd,ced25cd,lad25cd,wd25cd,nhser24cd,usrtypind,east1m",
    "nspl_2026": "PCD7,PCD8,PCDS,DOINTR,DOTERM,CTY26CD,CED26CD,LAD26CD,WD26CD,NHSER24CD,USRTYPIND,EAST1M",
}


def line(postcode: str, *, ended: str = "", user: str = "0", borough: str = "E09000030", ward: str = BOW_WEST) -> str:
    return f'"{postcode}","{postcode}","{postcode}","","{ended}","","","{borough}","{ward}","","{user}","0"'


@pytest.mark.parametrize("year", HEADS)
def test_directory_of_any_year_is_read_by_its_column_names(app: Flask, tmp_path: Path, year: str) -> None:
    file = write(
        tmp_path / "directory.csv",
        HEADS[year],
        line("E3  9AB"),
        line("E3 9AD", ended="201501"),
        line("E3 9AE", user="1"),
        line("E8 9AB", borough="E09000012", ward="E05009367"),
        line("BS1 9AB", borough="E06000023", ward="E05010885"),
        line("nonsense"),
        line("E3 9AF", ward="E05000573"),
    )
    with app.app_context():
        counts = postcodes.import_postcodes(file)
        assert (counts.residential, counts.terminated, counts.large_user, counts.outside) == (1, 1, 1, 1)
        assert (counts.elsewhere, counts.malformed, counts.unknown_ward) == (1, 1, 1)
        assert not counts.unchecked
        with reading() as db:
            assert wards.ward_of_postcode(db, "e39ab") == wards.PostcodeAnswer(BOW_WEST, None)
            assert wards.ward_of_postcode(db, "E3 9AD").refusal == "terminated"
            assert wards.ward_of_postcode(db, "E3 9AE").refusal == "large_user"
            assert wards.ward_of_postcode(db, "E8 9AB") == wards.PostcodeAnswer(None, "outside")
            for missing in ("BS1 9AB", "E3 9AF", "E3 9ZZ", "hello"):
                assert wards.ward_of_postcode(db, missing) == wards.PostcodeAnswer(None, "unknown")


def test_code_point_open_has_no_header_and_is_read_all_the_same(app: Flask, tmp_path: Path) -> None:
    row = '"{}",10,535267,181084,"E92000001","E19000003","E18000007","","{}","{}"'
    file = write(
        tmp_path / "e.csv", row.format("E3 9AB", "E09000030", BOW_WEST), row.format("E8 9AB", "E09000012", "E05009367")
    )
    with app.app_context():
        counts = postcodes.import_postcodes(file)
        assert (counts.residential, counts.outside, counts.unchecked) == (1, 1, False)


def test_file_that_does_not_tell_which_postcodes_have_ended_is_marked_unchecked(app: Flask, tmp_path: Path) -> None:
    file = write(tmp_path / "short.csv", "pcds,lad24cd,wd24cd", f"E3 9AB,E09000030,{BOW_WEST}")
    with app.app_context():
        assert postcodes.import_postcodes(file).unchecked


def test_import_tells_how_far_it_is(app: Flask, tmp_path: Path) -> None:
    file = write(tmp_path / "d.csv", HEADS["onspd"], line("E3 9AB"))
    told: list[tuple[int, int]] = []
    with app.app_context():
        postcodes.import_postcodes(file, lambda done, total: told.append((done, total)))
    assert told[-1] == (file.stat().st_size, file.stat().st_size)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"name,colour\nbow,red\n", "no column for postcode and borough and ward"),
        (b"pcds,wd24cd\nE3 9AB,E05009320\n", "no column for borough"),
        (b"PK\x03\x04\xff\xfe\x00", "unpack the download"),
        (b"pcds,doterm,usertype,lad24cd,wd24cd\nBS1 1AA,,0,E06000023,E05010885\n", "file of another area"),
    ],
)
def test_wrong_file_is_refused_in_a_sentence_and_changes_nothing(
    app: Flask, tmp_path: Path, content: bytes, says: str
) -> None:
    file = tmp_path / "wrong.csv"
    file.write_bytes(content)
    with app.app_context():
        with reading() as db:
            before = db.scalars(select(Postcode.postcode)).all()
        with pytest.raises(postcode_files.NotADirectory, match=says):
            postcodes.import_postcodes(file)
        with reading() as db:
            assert db.scalars(select(Postcode.postcode)).all() == before


def test_missing_file_is_said_so(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), pytest.raises(postcode_files.NotADirectory, match="there is no file"):
        postcodes.import_postcodes(tmp_path / "none.csv")


def test_second_import_replaces_what_it_names(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        postcodes.import_postcodes(write(tmp_path / "1.csv", HEADS["onspd"], line("E3 9AB"), line("E3 9AD")))
        postcodes.import_postcodes(write(tmp_path / "2.csv", HEADS["onspd"], line("E3 9AB", ended="202601")))
        with reading() as db:
            assert wards.ward_of_postcode(db, "E3 9AB").refusal == "terminated"
            assert wards.ward_of_postcode(db, "E3 9AD").ward_code == BOW_WEST


@pytest.mark.parametrize("borough", ["E09000030", "E09000012"])
def test_made_postcodes_cover_every_ward_and_go_when_real_ones_come(tmp_path: Path, borough: str) -> None:
    app = make_app(tmp_path, plugins={}, borough=borough)
    with app.app_context():
        with transaction() as db:
            db.query(Postcode).delete()
        assert postcodes.import_demo_postcodes() == 168
        with reading() as db:
            places = db.scalars(select(Postcode.ward_code).where(Postcode.refusal.is_(None))).all()
            refusals = set(db.scalars(select(Postcode.refusal)))
        assert all(places.count(row.code) >= 3 for row in wards.wards_of(borough))
        assert refusals == {None, "outside", "terminated", "large_user"}
        ward = wards.wards_of(borough)[0].code
        real = write(tmp_path / "real.csv", HEADS["onspd"], line("E3 9AB", borough=borough, ward=ward))
        postcodes.import_postcodes(real)
        with reading() as db:
            assert db.scalars(select(Postcode.postcode)).all() == ["E3 9AB"]
        assert postcodes.import_demo_postcodes() == 0


@needs_shared
@pytest.mark.parametrize(
    "name",
    [
        "fixture_constructed_nspl_2025_names.csv",
        "fixture_constructed_nspl_legacy_names.csv",
        "fixture_constructed_onspd_legacy_names.csv",
        "fixture_constructed_codepoint_open_e.csv",
    ],
)
def test_sample_directories_are_read(app: Flask, name: str) -> None:
    with app.app_context():
        counts = postcodes.import_postcodes(SHARED / "postcodes" / name)
        assert counts.residential > 50
        assert counts.malformed == 0
        with reading() as db:
            assert wards.name_of(wards.ward_of_postcode(db, "E1 0AA").ward_code or "") == "Shadwell"


def square(x: float, y: float, side: float = 0.01) -> list[list[float]]:
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]


def feature(code: str, name: str, ring: list[list[float]], *, year: str = "24", borough: str = "E09000030") -> object:
    return {
        "type": "Feature",
        "properties": {f"WD{year}CD": code, f"WD{year}NM": name, f"LAD{year}CD": borough},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(path: Path, *features: object) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.mark.parametrize("year", ["22", "24", "26"])
def test_outlines_of_any_year_are_kept_and_a_new_name_is_taken_over(app: Flask, tmp_path: Path, year: str) -> None:
    file = collection(
        tmp_path / "wards.geojson",
        feature(BOW_WEST, "Bow Furthest West", square(-0.03, 51.53), year=year),
        feature("E05009367", "Brownswood", square(-0.09, 51.57), year=year, borough="E09000012"),
        feature("E05099999", "New Ward", square(-0.02, 51.5), year=year),
    )
    with app.app_context():
        counts = boundaries.import_boundaries(file)
        assert counts.outlined == 1
        assert counts.renamed == ("Bow West -> Bow Furthest West",)
        assert counts.unknown == ("E05099999",)
        assert len(counts.missing) == 19
        assert wards.name_of(BOW_WEST) == "Bow Furthest West"
        with reading() as db:
            outline = json.loads(db.get_one(Ward, BOW_WEST).boundary or "")
        assert outline["type"] == "MultiPolygon"
        assert len(outline["coordinates"][0][0]) == 5


def test_simplified_outline_stays_within_its_tolerance() -> None:
    wobbly = [(0.0001 * i, 51.5 + (0.00005 if i % 2 else 0.0)) for i in range(100)]
    ring = [*wobbly, (0.01, 51.6), (0.0, 51.6), wobbly[0]]
    kept = boundaries.simplify_ring(ring)
    assert len(kept) < 12
    assert kept[0] == kept[-1]
    for point in ring:
        assert min(geometry.metres_from_line(point, a, b) for a, b in zip(kept, kept[1:], strict=False)) < 17


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("not json", "not a GeoJSON file"),
        ('{"features": [{"properties": {"NAME": "x"}, "geometry": {"type": "Point"}}]}', "not a GeoJSON file"),
        ('{"features": []}', "no ward of Tower Hamlets"),
        (json.dumps({"features": [feature(BOW_WEST, "Bow West", square(535000, 182000, 900))]}), "in degrees"),
        (json.dumps({"features": [feature("E05000573", "Old", square(0, 51.5))]}), "no ward of Tower Hamlets"),
    ],
)
def test_wrong_boundary_file_is_refused_in_a_sentence(app: Flask, tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "wrong.geojson"
    file.write_text(content)
    with app.app_context(), pytest.raises(boundaries.NotBoundaries, match=says):
        boundaries.import_boundaries(file)


@needs_shared
def test_sample_boundaries_of_tower_hamlets_are_read(app: Flask) -> None:
    with app.app_context():
        counts = boundaries.import_boundaries(SHARED / "boundaries" / "wards_2024_tower_hamlets_E09000030.geojson")
        assert (counts.outlined, counts.renamed, counts.missing, counts.unknown) == (20, (), (), ())
