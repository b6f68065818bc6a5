"""Which postcode is a home in which ward: what the files say, what their places say, and what an admin says."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from core import boundaries, geometry, postcode_files, postcode_overrides, postcodes, wards
from core.cli import main
from core.database import now, reading, sql, transaction
from core.models import AuditEntry, Postcode
from core.testing import make_app, make_member, sign_in

HOME, HACKNEY = "E09000030", "E09000012"
BOW_WEST, WAPPING = "E05009320", "E05009330"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared sample files are not here")

NSPL = "pcd7,pcd8,pcds,doterm,usrtypind,east1m,north1m,gridind,lad26cd,wd26cd,lat,long"
ONSPD = "pcd,pcd2,pcds,doterm,usertype,oseast1m,osnrth1m,osgrdind,oslaua,osward,parish,lat,long"
LEFT, BOTTOM, SIDE = -0.03, 51.52, 0.01
METRES_EAST, METRES_NORTH = 1 / 69_270, 1 / geometry.METRES_PER_DEGREE
"""A metre in degrees, at the latitude of these made squares."""


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path / "instance", plugins={})


@pytest.fixture
def outlined(app: Flask, tmp_path: Path) -> Flask:
    """An instance with the outlines of two wards: two squares side by side."""
    features = []
    for code, left in ((BOW_WEST, LEFT), (WAPPING, LEFT + SIDE)):
        ring = [[left, BOTTOM], [left + SIDE, BOTTOM], [left + SIDE, BOTTOM + SIDE], [left, BOTTOM + SIDE]]
        properties = {"WD26CD": code, "WD26NM": wards_name(code), "LAD26CD": HOME}
        area = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        features.append({"type": "Feature", "properties": properties, "geometry": area})
    file = tmp_path / "wards.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with app.app_context():
        boundaries.import_boundaries(file)
    return app


def wards_name(code: str) -> str:
    return next(row.name for row in wards.wards_of(HOME) if row.code == code)


def line(postcode: str, **more: Any) -> str:
    values = {"ended": "", "user": "0", "east": "", "north": "", "quality": "1", "borough": HOME, "ward": BOW_WEST}
    values |= {"lat": "", "long": ""} | {name: str(value) for name, value in more.items()}
    return '"{p}","{p}","{p}",{ended},{user},{east},{north},{quality},{borough},{ward},{lat},{long}'.format(
        p=postcode, **values
    )


def directory(folder: Path, *lines: str, head: str = NSPL, name: str = "directory.csv") -> Path:
    file = folder / name
    file.write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
    return file


def answer(postcode: str) -> wards.PostcodeAnswer:
    with reading() as db:
        return wards.ward_of_postcode(db, postcode)


def row_of(postcode: str) -> Postcode:
    return sql.session.get_one(Postcode, postcode, populate_existing=True)


# Places

SQUARE = [[(0.0, 51.5), (0.01, 51.5), (0.01, 51.51), (0.0, 51.51), (0.0, 51.5)]]
HOLE = [(0.004, 51.504), (0.006, 51.504), (0.006, 51.506), (0.004, 51.506), (0.004, 51.504)]


@pytest.mark.parametrize(
    ("point", "metres"),
    [
        ((0.005, 51.505), 0),
        ((0.005, 51.49), 1113),
        ((0.005, 51.511), 111),
        ((0.02, 51.505), 693),
        ((0.02, 51.52), 1312),
    ],
)
def test_distance_from_an_area_is_in_metres_and_nothing_inside(point: geometry.Point, metres: int) -> None:
    assert geometry.metres_from_area(point, SQUARE) == pytest.approx(metres, abs=2)


def test_a_hole_is_outside() -> None:
    assert not geometry.is_inside((0.005, 51.505), [*SQUARE, HOLE])
    assert geometry.is_inside((0.003, 51.505), [*SQUARE, HOLE])
    assert geometry.metres_from_area((0.005, 51.505), [*SQUARE, HOLE]) == pytest.approx(69, abs=1)
    assert geometry.metres_from_area((0.0, 51.5), []) == float("inf")


@given(st.floats(-0.02, 0.03), st.floats(51.48, 51.53))
def test_inside_and_a_distance_of_nothing_are_the_same(x: float, y: float) -> None:
    inside = 0 < x < 0.01 and 51.5 < y < 51.51
    on_edge = min(abs(x), abs(x - 0.01)) < 1e-9 or min(abs(y - 51.5), abs(y - 51.51)) < 1e-9
    assert on_edge or (geometry.metres_from_area((x, y), SQUARE) == 0) == inside


@pytest.mark.parametrize(
    ("easting", "northing", "latitude", "longitude"),
    [
        (535269, 181083, 51.51249, -0.05207),  # Shadwell
        (533902, 180299, 51.50577, -0.07205),  # Wapping
        (530000, 180000, 51.50401, -0.12835),  # Westminster
    ],
)
def test_the_national_grid_becomes_degrees_to_a_few_metres(
    easting: int, northing: int, latitude: float, longitude: float
) -> None:
    found = geometry.from_national_grid(easting, northing)
    there = (longitude, latitude)
    assert geometry.metres_from_line(found, there, there) < 6


@needs_shared
def test_the_national_grid_agrees_with_ten_thousand_real_postcodes() -> None:
    file = SHARED / "postcodes" / "tower_hamlets_all_nspl_may2025_derived_wards.csv"
    with file.open(newline="") as lines:
        for row in csv.DictReader(lines):
            found = geometry.from_national_grid(float(row["east1m"]), float(row["north1m"]))
            there = (float(row["long"]), float(row["lat"]))
            assert geometry.metres_from_line(found, there, there) < 3, row["pcds"]


# Products


@pytest.mark.parametrize(
    ("head", "product"),
    [
        (NSPL, "nspl"),
        (NSPL.replace("26cd", "25cd"), "nspl"),
        (NSPL.replace("lad26cd", "laua").replace("wd26cd", "ward").replace("usrtypind", "usertype"), "nspl"),
        (NSPL.upper(), "nspl"),
        (ONSPD, "onspd"),
        (NSPL.replace("lat,long", "lat,long,parncp25cd"), "onspd"),
        ("pcds,lad24cd,wd24cd", "other"),
    ],
)
def test_W4_the_product_that_decided_is_kept(app: Flask, tmp_path: Path, head: str, product: str) -> None:
    cells = dict.fromkeys(("pcd", "pcd2", "pcd7", "pcd8", "pcds"), "E3  9AB")
    cells |= {"doterm": "", "usrtypind": "0", "usertype": "0"}
    cells |= dict.fromkeys(("lad26cd", "lad25cd", "lad24cd", "laua", "oslaua"), HOME)
    cells |= dict.fromkeys(("wd26cd", "wd25cd", "wd24cd", "ward", "osward"), BOW_WEST)
    cells |= {"lat": "51.525", "long": "-0.025"}
    text = ",".join(cells.get(name.lower(), "") for name in head.split(","))
    with app.app_context():
        counts = postcodes.import_postcodes(directory(tmp_path, text, head=head))
        assert (counts.product, counts.residential) == (product, 1)
        assert (row_of("E3 9AB").product, row_of("E3 9AB").source) == (product, "directory.csv")


def test_W4_code_point_open_gives_places_and_qualities(outlined: Flask, tmp_path: Path) -> None:
    text = '"{}",{},{},{},"E92000001","E19000003","E18000007","","E09000030","{}"'
    file = tmp_path / "e.csv"
    lines = [
        text.format("E3 9AB", 10, 536893, 182562, "E05000999"),  # inside the first square
        text.format("E3 9AD", 60, 536893, 182562, BOW_WEST),
        text.format("E3 9AE", 90, 0, 0, BOW_WEST),
        text.format("E3 9AF", 10, 536893, 182562, BOW_WEST),
    ]
    file.write_text("\n".join(lines))
    with outlined.app_context():
        counts = postcodes.import_postcodes(file)
        assert (counts.residential, counts.nearest, counts.shared_point, counts.unplaced) == (2, 1, 1, 1)
        assert answer("E3 9AB") == wards.PostcodeAnswer(BOW_WEST, None)
        assert answer("E3 9AD").refusal == "large_user"
        assert answer("E3 9AE").refusal == "unknown"
        assert (counts.product, counts.unchecked) == ("code_point_open", False)


# Traps


@pytest.mark.parametrize(
    ("trap", "refusal", "count"),
    [
        ({"ended": "202001"}, "terminated", "terminated"),
        ({"quality": "8"}, "terminated", "terminated"),
        ({"user": "1"}, "large_user", "large_user"),
        ({"quality": "6"}, "large_user", "shared_point"),
        ({"quality": "9"}, "unknown", "unplaced"),
        ({"lat": "99.999999", "long": "0.000000"}, "unknown", "unplaced"),
        ({"borough": HACKNEY, "ward": "E05009367"}, "outside", "outside"),
        ({"ward": "E05000573", "lat": "51.9", "long": "-0.02"}, "unknown", "unknown_ward"),
        ({"ward": "E99999999", "lat": "", "long": ""}, "unknown", "unknown_ward"),
        ({"borough": "E06000023"}, "unknown", "elsewhere"),
        ({"borough": "", "lat": "51.9"}, "unknown", "elsewhere"),
    ],
)
def test_V2_what_is_no_home_here_is_refused_and_counted(
    outlined: Flask, tmp_path: Path, trap: dict[str, str], refusal: str, count: str
) -> None:
    place = {"lat": "51.525", "long": "-0.025"}
    file = directory(tmp_path, line("E3 9AB", **place), line("E3 9AD", **(place | trap)))
    with outlined.app_context():
        counts = postcodes.import_postcodes(file)
        assert (counts.residential, getattr(counts, count)) == (1, 1)
        assert answer("E3 9AB").ward_code == BOW_WEST
        assert answer("E3 9AD") == wards.PostcodeAnswer(None, refusal)


@pytest.mark.parametrize(("number", "are_homes"), [(postcodes.MOST_ON_ONE_POINT, True), (51, False)])
@pytest.mark.parametrize(
    "place",
    [
        {"east": "535300", "north": "182000", "lat": "51.525", "long": "-0.025"},
        {"lat": "51.525", "long": "-0.025"},
        {"east": "535300", "north": "182000"},
    ],
)
def test_V2_a_point_that_very_many_share_is_no_home(
    app: Flask, tmp_path: Path, number: int, place: dict[str, str], *, are_homes: bool
) -> None:
    letters = "ABDEFGHJ"
    names = [f"E3 9{first}{second}" for first in letters for second in letters][:number]
    file = directory(tmp_path, line("E3 8AA", lat="51.526", long="-0.025"), *(line(name, **place) for name in names))
    with app.app_context():
        counts = postcodes.import_postcodes(file)
        assert counts.residential == (1 + number if are_homes else 1)
        assert counts.shared_point == (0 if are_homes else number)
        assert answer(names[0]).refusal == (None if are_homes else "large_user")
        assert answer("E3 8AA").ward_code == BOW_WEST


def test_rows_without_a_grid_reference_do_not_share_a_point(app: Flask, tmp_path: Path) -> None:
    head = NSPL.replace(",lat,long", "").replace("north1m", "something")
    names = [f"E3 9{first}{second}" for first in "ABDEFGHJ" for second in "ABDEFGHJ"]
    rows = [",".join(line(name, east="0", north="0").split(",")[:-2]) for name in names]
    with app.app_context():
        assert postcodes.import_postcodes(directory(tmp_path, *rows, head=head)).residential == 64


@pytest.mark.parametrize(
    ("metres_west", "ward"), [(-50, BOW_WEST), (1, BOW_WEST), (290, BOW_WEST), (310, None), (5000, None)]
)
def test_W4_a_quay_outside_the_outline_gets_the_nearest_ward_within_300_metres(
    outlined: Flask, tmp_path: Path, metres_west: int, ward: str | None
) -> None:
    long = LEFT - metres_west * METRES_EAST
    file = directory(
        tmp_path,
        line("E3 9AB", ward="", lat=BOTTOM + SIDE / 2, long=long),
        line("E3 9AD", ward=WAPPING, lat=BOTTOM + SIDE / 2, long=long),
    )
    with outlined.app_context():
        counts = postcodes.import_postcodes(file)
        assert answer("E3 9AB").ward_code == ward
        assert (counts.nearest, counts.unknown_ward) == ((1, 0) if ward else (0, 1))
        assert answer("E3 9AD").ward_code == WAPPING, "a ward that the file names is believed"
        assert not row_of("E3 9AD").is_nearest
        assert not ward or row_of("E3 9AB").is_nearest


def test_W4_of_two_wards_the_nearer_one_counts(outlined: Flask, tmp_path: Path) -> None:
    below = BOTTOM - 100 * METRES_NORTH
    file = directory(
        tmp_path,
        line("E3 9AB", ward="", lat=below, long=LEFT + SIDE - 30 * METRES_EAST),
        line("E3 9AD", ward="", lat=below, long=LEFT + SIDE + 30 * METRES_EAST),
    )
    with outlined.app_context():
        postcodes.import_postcodes(file)
        assert answer("E3 9AB").ward_code == BOW_WEST
        assert answer("E3 9AD").ward_code == WAPPING


def test_W4_a_line_without_a_borough_is_ours_only_inside_an_outline(outlined: Flask, tmp_path: Path) -> None:
    middle = {"lat": BOTTOM + SIDE / 2, "borough": "", "ward": ""}
    file = directory(
        tmp_path,
        line("E3 9AB", **middle, long=LEFT + SIDE / 2),
        line("E3 9AD", **middle, long=LEFT - 50 * METRES_EAST),
    )
    with outlined.app_context():
        counts = postcodes.import_postcodes(file)
        assert answer("E3 9AB").ward_code == BOW_WEST
        assert answer("E3 9AD").refusal == "unknown"
        assert counts.elsewhere == 1


def test_a_line_cut_off_is_counted_and_passed_over(app: Flask, tmp_path: Path) -> None:
    file = directory(tmp_path, line("E3 9AB", lat="51.525", long="-0.025"), '"E3 9AD"', "")
    with app.app_context():
        counts = postcodes.import_postcodes(file)
        assert (counts.residential, counts.malformed) == (1, 1)


# What an admin says


def test_W4_what_an_admin_says_wins_and_survives_the_next_import(app: Flask, tmp_path: Path) -> None:
    file = directory(tmp_path, line("E3 9AB", lat="51.525", long="-0.025"), line("E3 9AD", user="1"))
    with app.app_context():
        postcodes.import_postcodes(file)
        with transaction() as db:
            assert postcode_overrides.set_ward(db, "e39ab", WAPPING, None, now().date()) == "E3 9AB"
            postcode_overrides.set_ward(db, "E3 9AD", BOW_WEST, None, now().date())
            postcode_overrides.set_ward(db, "E3 9ZZ", None, None, now().date())
        for _again in range(2):
            assert answer("E3 9AB").ward_code == WAPPING
            assert answer("E3 9AD").ward_code == BOW_WEST
            assert answer("E3 9ZZ").refusal == "large_user"
            postcodes.import_postcodes(file)
        with transaction() as db:
            assert postcode_overrides.unset(db, "E3 9AB", None)
            assert not postcode_overrides.unset(db, "E3 9AB", None)
        assert answer("E3 9AB").ward_code == BOW_WEST


def test_W4_the_log_gets_the_ward_and_never_the_postcode(app: Flask) -> None:
    admin = make_member(app, roles=["admin"])
    with app.app_context():
        with transaction() as db:
            postcode_overrides.set_ward(db, "E3 9AB", WAPPING, admin, now().date())
            postcode_overrides.unset(db, "E3 9AB", admin)
        entries = sql.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb.startswith("postcodes."))).all()
        assert [(entry.verb, entry.subject) for entry in entries] == [
            ("postcodes.set", WAPPING),
            ("postcodes.unset", WAPPING),
        ]
        assert not any("9AB" in f"{entry.subject} {entry.reason}" for entry in entries)


@pytest.mark.parametrize("text", ["", "bow", "E3", "E3 9ABC"])
def test_what_is_no_postcode_is_not_stored(app: Flask, text: str) -> None:
    with app.app_context(), pytest.raises(postcode_overrides.NotAPostcode), transaction() as db:
        postcode_overrides.set_ward(db, text, WAPPING, None, now().date())


@pytest.mark.parametrize("code", ["E05000573", HOME, HACKNEY, "bow"])
def test_only_our_wards_can_be_said(app: Flask, code: str) -> None:
    with app.app_context(), pytest.raises(postcode_overrides.NotOurWard, match="not a ward"), transaction() as db:
        postcode_overrides.set_ward(db, "E3 9AB", code, None, now().date())


def browser(app: Flask, *roles: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, make_member(app, roles=roles))
    return client


def words(client: FlaskClient, **data: str) -> tuple[int, str]:
    done = client.post("/admin/postcodes", data=data, follow_redirects=True)
    main_part = re.search(r"<main.*</main>", done.text, re.DOTALL)
    return done.status_code, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main_part[0] if main_part else ""))


def test_W4_the_page_says_what_counts_and_why_and_lets_an_admin_say_otherwise(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        postcodes.import_postcodes(directory(tmp_path, line("E3 9AB", lat="51.525", long="-0.025"), name="NSPL_26.csv"))
    client = browser(app, "admin")
    assert client.get("/admin/postcodes").status_code == 200
    code, page = words(client, postcode="e39ab")
    assert code == 200
    for expected in ("Bow West", "The list says so.", "National Statistics Postcode Lookup", "NSPL_26.csv"):
        assert expected in page
    code, page = words(client, postcode="E3 9AB", ward=WAPPING, verb="set")
    assert "E3 9AB" in page
    assert "Wapping" in page
    code, page = words(client, postcode="E3 9AB", verb="look")
    assert "An admin said so on" in page
    assert "It says Bow West" in page
    words(client, postcode="E3 9AB", verb="unset")
    with app.app_context():
        assert answer("E3 9AB").ward_code == BOW_WEST
    assert "Nothing yet" in words(client, postcode="E3 9AB", verb="look")[1]


def test_W4_a_ward_found_by_place_is_marked_on_the_page(outlined: Flask, tmp_path: Path) -> None:
    file = directory(tmp_path, line("E3 9AB", ward="", lat=BOTTOM, long=LEFT - 20 * METRES_EAST))
    with outlined.app_context():
        postcodes.import_postcodes(file)
    assert "the one its place lies in or next to" in words(browser(outlined, "admin"), postcode="E3 9AB")[1]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"postcode": ""}, "Type a postcode, for example E3 4AB."),
        ({"postcode": "bow"}, "It should look like E3 4AB."),
        ({"postcode": "bow", "verb": "set", "ward": WAPPING}, "It should look like E3 4AB."),
        ({"postcode": "bow", "verb": "unset"}, "It should look like E3 4AB."),
        ({"postcode": "E3 9AB", "verb": "set", "ward": HACKNEY}, "Choose a ward from the list."),
        ({"postcode": "E3 9AB", "verb": "set"}, "Choose a ward from the list."),
    ],
)
def test_a_wrong_line_is_answered_by_the_same_page_with_what_was_typed(
    app: Flask, typed: dict[str, str], says: str
) -> None:
    client = browser(app, "admin")
    done = client.post("/admin/postcodes", data=typed)
    assert done.status_code == 422
    assert says in done.text
    assert f'value="{typed["postcode"]}"' in done.text


def test_a_postcode_nobody_knows_can_still_be_said_something_of(app: Flask) -> None:
    client = browser(app, "admin")
    assert "It is on no list." in words(client, postcode="E3 9ZZ")[1]
    words(client, postcode="E3 9ZZ", ward="none", verb="set")
    with app.app_context():
        assert answer("E3 9ZZ").refusal == "large_user"


@pytest.mark.parametrize("role", ["reviewer", "coordinator", "custodian"])
def test_only_admins_see_or_change_postcodes(app: Flask, role: str) -> None:
    client = browser(app, role)
    assert client.get("/admin/postcodes").status_code == 403
    assert (
        client.post("/admin/postcodes", data={"postcode": "E3 9AB", "ward": WAPPING, "verb": "set"}).status_code == 403
    )
    with app.app_context():
        assert answer("E3 9AB").ward_code != WAPPING


# Commands


@pytest.fixture
def run(tmp_path: Path) -> Any:
    folder = tmp_path / "by_hand"
    begin = ["init", "--data", str(folder), "--borough", HOME, "--url", "http://localhost"]
    done = CliRunner(env={"BOROUGHWATCH_PLUGINS": "ward_boards"}).invoke(
        main, [*begin, "--admin", "admin@test.example"]
    )
    assert done.exit_code == 0, done.output

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner(env={"BOROUGHWATCH_PLUGINS": "ward_boards"}).invoke(main, [*arguments, "--data", str(folder)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.exit_code, re.sub(r"\s+", " ", done.output)

    return run


def test_W4_commands_import_say_and_unsay(run: Any, tmp_path: Path) -> None:
    rows = [line("E3 9AB", lat="51.525", long="-0.025"), line("E3 9AD", user="1"), line("E3 9AE", quality="9")]
    file = directory(tmp_path, *rows, line("E3 9AF", ward="E05000573"))
    code, said = run("postcodes", "import", str(file))
    assert code == 0
    assert "1 postcodes where people live, 1 refused (0 ended, 1 of firms and PO boxes)" in said
    assert "1 have a ward that is not on our list and were left out; import the ward boundaries first" in said
    assert "1 have no place on the map" in said
    assert run("postcodes", "set", "e3 9ab", WAPPING.lower()) == (0, "E3 9AB lies in St Katharine's & Wapping now. ")
    assert run("postcodes", "set", "E3 9AB", "none") == (0, "E3 9AB is no home now. ")
    assert run("postcodes", "unset", "E3 9AB") == (0, "The directory decides again. ")
    assert run("postcodes", "unset", "E3 9AB")[1].startswith("Nobody had said anything of it.")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "bow", WAPPING), "should look like E3 4AB"),
        (
            ("set", "E3 9AB", HACKNEY),
            f"'{HACKNEY}' is not a ward of this borough. Known are, beside 'none': E05009317 Bethnal Green East",
        ),
        (("unset", "bow"), "should look like E3 4AB"),
    ],
)
def test_wrong_commands_are_refused_in_a_sentence(run: Any, arguments: tuple[str, ...], says: str) -> None:
    code, said = run("postcodes", *arguments)
    assert code != 0
    assert says in said


# The real files


@needs_shared
def test_W4_every_real_postcode_of_the_borough_is_placed_by_its_point_as_by_its_ward(
    app: Flask, tmp_path: Path
) -> None:
    """10,658 postcodes without their wards: 22 lie outside every outline, 3,148 on a point of a delivery office."""
    with (SHARED / "postcodes" / "tower_hamlets_all_nspl_may2025_derived_wards.csv").open(newline="") as lines:
        real = list(csv.DictReader(lines))
    rows = [line(r["pcds"], east=r["east1m"], north=r["north1m"], lat=r["lat"], long=r["long"], ward="") for r in real]
    with app.app_context():
        boundaries.import_boundaries(SHARED / "boundaries" / "wards_2024_tower_hamlets_E09000030.geojson")
        counts = postcodes.import_postcodes(directory(tmp_path, *rows))
        assert (counts.residential, counts.nearest, counts.shared_point) == (7510, 7510, 3148)
        with reading() as db:
            found = {row["pcds"]: wards.ward_of_postcode(db, row["pcds"]).ward_code for row in real}
        differ = [row["pcds"] for row in real if found[row["pcds"]] not in (None, row["wd24cd"])]
        assert differ == []
        quays = [row for row in real if row["match"] == "nearest"]
        assert len(quays) == 22
        assert all(found[row["pcds"]] == row["wd24cd"] for row in quays)


@needs_shared
@pytest.mark.parametrize(
    ("name", "product", "residential"),
    [
        ("fixture_constructed_nspl_2025_names.csv", "nspl", 148),
        ("fixture_constructed_nspl_legacy_names.csv", "nspl", 148),
        ("fixture_constructed_onspd_legacy_names.csv", "onspd", 148),
        ("fixture_constructed_codepoint_open_e.csv", "code_point_open", 148),
        ("sample_tower_hamlets_and_neighbours.csv", "other", 445),
        ("tower_hamlets_all_nspl_may2025_derived_wards.csv", "other", 7510),
    ],
)
def test_W4_sample_directories_are_told_apart(app: Flask, name: str, product: str, residential: int) -> None:
    with app.app_context():
        counts = postcodes.import_postcodes(SHARED / "postcodes" / name)
    assert (counts.product, counts.residential, counts.malformed) == (product, residential, 0)


def test_files_module_knows_no_address_of_another_server() -> None:
    for module in (postcodes, postcode_files, postcode_overrides, geometry):
        text = Path(module.__file__).read_text()
        assert not re.search(r"https?://|urllib|httpx|requests|socket", text), module.__name__
