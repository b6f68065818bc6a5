"""A second step at sign-in: forced on those whose role needs it, and no way around it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import accounts, totp
from core.database import now, sql, transaction
from core.models import Member
from core.testing import PASSWORD, SECRET, code, make_app, make_member, sign_in

PATH = totp.PATH


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, {})


def address(app: Flask, member_id: str) -> str:
    with app.app_context(), transaction() as db:
        return db.get_one(Member, member_id).email


def type_password(app: Flask, member_id: str, **more: str) -> tuple[FlaskClient, object]:
    client = app.test_client()
    fields = {"email": address(app, member_id), "password": PASSWORD, **more}
    return client, client.post("/sign-in", data=fields)


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def begin(client: FlaskClient, path: str = PATH) -> tuple[str, str]:
    """Type the password on the page and return the signed state and the secret that is shown."""
    page = client.post(path, data={"do": "replace", "password": PASSWORD})
    assert page.status_code == 200, page.text
    state = re.search(r'name="state" value="([^"]+)"', page.text)
    secret = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page.text)
    assert state
    assert secret
    return state.group(1), secret.group(1).replace(" ", "")


def shown(page: str) -> list[str]:
    return re.findall(r"<code>([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})</code>", page)


def test_O2_an_admin_without_it_is_led_to_set_it_up_and_back(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Ash", roles=["admin"], second_factor=False))
    refused = client.get("/admin?x=1")
    assert (refused.status_code, refused.headers["Location"]) == (303, f"{PATH}?next=/admin%3Fx%3D1")
    where = refused.headers["Location"]
    assert "Your role needs this" in client.get(where).text
    state, secret = begin(client, where)
    done = client.post(where, data={"state": state, "code": totp.code_at(secret, now().timestamp())})
    assert done.status_code == 200
    assert len(set(shown(done.text))) == totp.RECOVERY_CODES
    assert 'href="/admin?x=1"' in done.text
    assert client.get("/admin?x=1").status_code == 200


def test_O2_signing_in_wants_the_code(app: Flask) -> None:
    client, answer = type_password(app, make_member(app, "Ash", roles=["admin"]))
    assert answer.headers["Location"] == f"{PATH}/code"  # type: ignore[attr-defined]
    assert not is_in(client)
    wrong = client.post(f"{PATH}/code", data={"code": "000000"})
    assert wrong.status_code == 422
    assert "This code does not fit" in wrong.text
    assert not is_in(client)
    assert client.post(f"{PATH}/code", data={"code": f"{code()[:3]} {code()[3:]}"}).status_code == 302
    assert is_in(client)


def test_O2_a_code_is_good_once(app: Flask) -> None:
    member_id = make_member(app, "Ash", roles=["admin"])
    used = code()
    first, _answer = type_password(app, member_id)
    first.post(f"{PATH}/code", data={"code": used})
    assert is_in(first)
    second, _answer = type_password(app, member_id)
    assert second.post(f"{PATH}/code", data={"code": used}).status_code == 422
    assert not is_in(second)


@pytest.mark.parametrize("steps", [-2, 2])
def test_O2_a_code_counts_one_step_late_or_early_and_no_more(app: Flask, steps: int) -> None:
    client, _answer = type_password(app, make_member(app, "Ash", roles=["admin"]))
    assert client.post(f"{PATH}/code", data={"code": code(2 * steps)}).status_code == 422
    assert client.post(f"{PATH}/code", data={"code": code(steps // 2)}).status_code == 302


@pytest.mark.parametrize(
    ("wanted", "lands"),
    [("/help", "/help"), ("//evil.example", "/"), ("http://evil.example/x", "/"), ("/\t/evil.example", "/")],
)
def test_O2_the_code_page_leads_where_was_wanted_and_never_to_another_site(app: Flask, wanted: str, lands: str) -> None:
    for given in ({"next": wanted}, {}):
        client = app.test_client()
        fields = {"email": address(app, make_member(app, roles=["admin"])), "password": PASSWORD, **given}
        answer = client.post("/sign-in", data=fields, query_string={} if given else {"next": wanted})
        assert "evil" not in answer.headers.get("Location", "")
        if answer.status_code == 422:  # the form itself refuses another site
            answer = client.post("/sign-in", data={**fields, "next": ""})
        done = client.post(answer.headers["Location"], data={"code": code()})
        assert done.headers["Location"] == lands
        forged = client.get(f"{PATH}?next={wanted}")
        assert "evil" not in forged.text.split("<main")[1].split("</main")[0]


@pytest.mark.parametrize("wanted", ["//evil.example", "http://evil.example/x", "/\\evil.example"])
def test_O2_setting_up_never_leads_to_another_site(app: Flask, wanted: str) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Ash"))
    state, secret = begin(client)
    fields = {"state": state, "code": totp.code_at(secret, now().timestamp())}
    done = client.post(PATH, data=fields, query_string={"next": wanted})
    assert shown(done.text)
    assert "evil" not in done.text.split("<main")[1].split("</main")[0]


def test_O2_a_login_after_a_password_reset_does_not_skip_the_code(app: Flask) -> None:
    member_id = make_member(app, "Ash", roles=["admin"])
    with app.app_context(), transaction() as db:
        link = accounts.password_link(db, member_id).removeprefix("http://localhost")
    client = app.test_client()
    answer = client.post(link, data={"password": "three odd words", "password_confirm": "three odd words"})
    assert answer.headers["Location"] == f"{PATH}/code"
    assert not is_in(client)
    assert client.get("/admin").headers["Location"].startswith("/sign-in")
    assert client.post(f"{PATH}/code", data={"code": code()}).headers["Location"] == "/"
    assert is_in(client)


def set_up(client: FlaskClient) -> tuple[str, list[str]]:
    state, secret = begin(client)
    done = client.post(PATH, data={"state": state, "code": totp.code_at(secret, now().timestamp())})
    return secret, shown(done.text)


def test_O2_a_recovery_code_lets_in_once(app: Flask) -> None:
    member_id = make_member(app, "Ash")
    client = app.test_client()
    sign_in(client, member_id)
    _secret, codes = set_up(client)
    for attempt, expected in ((codes[3].upper().replace("-", " "), True), (codes[3], False), ("", False)):
        other, _answer = type_password(app, member_id)
        answer = other.post(f"{PATH}/recovery-code", data={"code": attempt})
        assert answer.status_code == (302 if expected else 422)
        assert is_in(other) is expected
        if not expected:
            assert re.search(r"not one of your codes|Type one of your", answer.text)


def test_O2_the_database_alone_gives_neither_secret_nor_recovery_code(app: Flask) -> None:
    member_id = make_member(app, "Ash")
    client = app.test_client()
    sign_in(client, member_id)
    secret, codes = set_up(client)
    with app.app_context():
        row = sql.session.get_one(Member, member_id)
        kept = f"{row.tf_totp_secret} {row.mf_recovery_codes}"
        assert len(row.tf_totp_secret or "") <= 255
    assert secret not in kept
    assert not [each for each in codes if each in kept or each.replace("-", "") in kept]


def test_O2_a_wrong_first_code_keeps_the_same_secret_and_changes_nothing(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Ash"))
    state, secret = begin(client)
    again = client.post(PATH, data={"state": state, "code": "000000"})
    assert again.status_code == 422
    assert "Wait until the app shows the next one" in again.text
    assert secret in again.text.replace(" ", "")
    assert "Begin" in client.get(PATH).text


def test_O2_setting_up_ends_other_logins_and_keeps_this_one(app: Flask) -> None:
    member_id = make_member(app, "Ash")
    stolen, mine = app.test_client(), app.test_client()
    for client in (stolen, mine):
        sign_in(client, member_id)
    stale, secret = begin(stolen)
    set_up(mine)
    assert is_in(mine)
    assert not is_in(stolen)
    fields = {"state": stale, "code": totp.code_at(secret, now().timestamp() + 30)}
    assert not shown(mine.post(PATH, data=fields, follow_redirects=True).text)
    assert mine.get("/account/change-password").status_code == 200


@pytest.mark.parametrize("do", ["codes", "replace", "off"])
def test_O2_no_change_without_the_password_typed_anew(app: Flask, do: str) -> None:
    member_id = make_member(app, "Ash", second_factor=True)
    client = app.test_client()
    sign_in(client, member_id)
    with app.app_context():
        before = sql.session.get_one(Member, member_id)
        kept = (before.tf_totp_secret, list(before.mf_recovery_codes or ()))
    for password in ("", "not this one 7"):
        answer = client.post(PATH, data={"do": do, "password": password})
        assert answer.status_code == 422
        assert re.search("Type your password|not your password", answer.text)
    with app.app_context():
        after = sql.session.get_one(Member, member_id)
        assert (after.tf_totp_secret, list(after.mf_recovery_codes or ())) == kept


def test_O2_who_must_have_it_cannot_switch_it_off(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Ash", roles=["reviewer"]))
    assert 'value="off"' not in client.get(PATH).text
    answer = client.post(PATH, data={"do": "off", "password": PASSWORD})
    assert answer.status_code == 422
    assert client.get(PATH).text.count("It is on.") == 1


def test_O2_others_may_switch_it_off(app: Flask) -> None:
    member_id = make_member(app, "Ash", second_factor=True)
    client = app.test_client()
    sign_in(client, member_id)
    assert client.post(PATH, data={"do": "off", "password": PASSWORD}).headers["Location"] == "/account"
    other, answer = type_password(app, member_id)
    assert is_in(client)
    assert is_in(other)


def test_O2_new_codes_make_the_old_ones_worthless(app: Flask) -> None:
    member_id = make_member(app, "Ash")
    client = app.test_client()
    sign_in(client, member_id)
    _secret, old = set_up(client)
    new = shown(client.post(PATH, data={"do": "codes", "password": PASSWORD}).text)
    assert len(new) == totp.RECOVERY_CODES
    assert not set(new) & set(old)
    other, _answer = type_password(app, member_id)
    assert other.post(f"{PATH}/recovery-code", data={"code": old[0]}).status_code == 422
    assert other.post(f"{PATH}/recovery-code", data={"code": new[0]}).status_code == 302


def test_O2_neither_step_of_signing_in_tells_who_has_it(app: Flask) -> None:
    answers = []
    for second_factor in (True, False):
        member_id = make_member(app, second_factor=second_factor)
        wrong = {"email": address(app, member_id), "password": "not this one 7"}
        page = app.test_client().post("/sign-in", data=wrong).text.replace(wrong["email"], "")
        answers.append(re.sub(r'value="[^"]{60,}"', "", page))
    assert answers[0] == answers[1]
    assert app.test_client().get(f"{PATH}/code").headers["Location"].startswith("/sign-in")
    assert app.test_client().get(f"{PATH}/recovery-code").headers["Location"].startswith("/sign-in")


def test_O2_the_code_page_signs_no_member_out(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Ash", roles=["admin"]))
    client.get(f"{PATH}/code")
    client.get(f"{PATH}/recovery-code")
    assert is_in(client)


def test_O2_codes_are_not_to_be_guessed(app: Flask) -> None:
    from core.web.security import limiter

    victim, other = (make_member(app, roles=["admin"]) for _ in range(2))
    limiter.enabled = True
    try:
        codes = []
        for place in range(11):
            client, _answer = type_password(app, victim)
            page = "code" if place % 2 else "recovery-code"
            found = client.post(
                f"{PATH}/{page}", data={"code": "000000"}, environ_base={"REMOTE_ADDR": f"10.0.0.{place}"}
            )
            codes.append(found.status_code)
        assert codes == [422] * 10 + [429]
        client, _answer = type_password(app, other)
        assert client.post(f"{PATH}/code", data={"code": code()}).status_code == 302
    finally:
        limiter.reset()
        limiter.enabled = False


@pytest.mark.parametrize("path", ["/tf-setup", "/tf-validate", "/mf-recovery", "/mf-recovery-codes", f"{PATH}/choose"])
def test_O2_no_page_of_the_library_is_left(app: Flask, path: str) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Ash", roles=["admin"]))
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/account"])
def test_O2_a_member_who_needs_it_is_told_what_to_do(app: Flask, path: str) -> None:
    for roles, second_factor, told in ((["reviewer"], False, True), (["reviewer"], True, False), ([], False, False)):
        client = app.test_client()
        sign_in(client, make_member(app, roles=roles, second_factor=second_factor))
        page = client.get(path).text
        assert ("Your role needs a second step" in page) is told
        assert ('href="/admin"' in page) is False


def test_O2_a_token_of_the_operator_counts_as_having_it(tmp_path: Path) -> None:
    from core import permissions
    from core.testing import api_token

    app = make_app(tmp_path, {"federation"})
    member_id = make_member(app, "Ash", roles=["admin"], second_factor=False)
    bearer = {"Authorization": f"Bearer {api_token(app, member_id, 'admin', 'read')}"}
    assert app.test_client().get("/api/v1/federation/peers", headers=bearer).status_code == 200
    with app.app_context(), transaction() as db:
        viewer = permissions.viewer_of(db, member_id)
        with pytest.raises(permissions.Denied, match="no second factor yet"):
            permissions.require(viewer, "core.manage")
        assert permissions.must_have_second_factor(viewer)


def test_O2_the_test_secret_is_what_members_of_tests_have(app: Flask) -> None:
    member_id = make_member(app, "Ash", second_factor=True)
    with app.app_context():
        kept = sql.session.get_one(Member, member_id).tf_totp_secret
        assert app.extensions["security"].totp_factory.get_totp_b32_key(kept) == SECRET


def test_O2_no_password_can_be_tried_out_in_an_open_login(app: Flask) -> None:
    from core.web.security import limiter

    client = app.test_client()
    sign_in(client, make_member(app, "Ash", roles=["admin"]))
    page = client.get("/account/confirm-password").text
    assert "Is it you?" in page
    limiter.enabled = True
    try:
        wrong = {"password": "not this one 7", "do": "codes", "new_password": "x", "new_password_confirm": "x"}
        pages = ("/account/confirm-password", PATH, "/account/change-password")
        codes = [client.post(pages[number % 3], data=wrong).status_code for number in range(11)]
        assert codes == [422] * 10 + [429]
    finally:
        limiter.reset()
        limiter.enabled = False
