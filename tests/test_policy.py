"""Who may do what: every route, method and role in one table. A route that the table does not name fails."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core import demo_boroughs, permissions, proposals, totp
from core.database import Base, now, reading, transaction
from core.models import Postcode
from core.testing import api_token, make_app, make_member, sign_in, work
from core.web.api import SCOPES
from plugins.anonymity.tips import services as tips
from plugins.verification_docs.duplicates import services as duplicates
from plugins.verification_docs.letter import services as letters
from plugins.ward_boards import publishing
from plugins.ward_boards.alerts import second_person
from plugins.ward_boards.alerts.drafting import AlertDraft
from plugins.ward_boards.complaints import others as complaints
from plugins.ward_boards.complaints import papers
from plugins.ward_boards.complaints import services as notices
from plugins.ward_boards.moderation import reports
from plugins.ward_boards.writing import attachments
from plugins.ward_boards.writing.pieces import Piece

HERE, ELSEWHERE = "E05009320", "E05009334"
ROLES = ("visitor", "member", "neighbour", "author", "coordinator_elsewhere", "officer_elsewhere")
ROLES += ("coordinator", "officer", "reviewer", "admin")
LETTERS = dict(zip(ROLES, "vmnacoCORA", strict=True))
"""A letter for each: visitor, member, neighbour (verified, of another ward), author (verified, of this ward, whose
the objects are), coordinator and officer of another ward (c, o) and of the objects' own (C, O), Reviewer, Admin."""

POLICY: dict[str, str] = {
    "DELETE /api/v1/police/sessions/<session_id>/bookings": "401 v; 404 mnacoCORA",
    "DELETE /api/v1/posts/<post_id>": "in a; 401 v; 404 mcoRA; 403 nCO",
    "DELETE /api/v1/threads/<thread_id>/me-too": "in naCO; 401 v; 403 mRA; 404 co",
    "DELETE /api/v1/verification/case": "401 v; 404 mnacoCORA",
    "DELETE /api/v1/verification/cases/<case_id>/claim": "in R; 401 v; 403 mnacoCOA",
    "DELETE /api/v1/verification/in-person": "in mnacoCORA; 401 v",
    "DELETE /api/v1/verification/key": "in R; 401 v; 403 mnacoCOA",
    "DELETE /api/v1/verification/letter": "in mnacoCORA; 401 v",
    "GET /": "in vmnacoCORA",
    "GET /accessibility": "in vmnacoCORA",
    "GET /account": "in mnacoCORA; sign in v",
    "GET /account/change-password": "in mnacoCORA; sign in v",
    "GET /account/close": "in mnacoCORA; sign in v",
    "GET /account/confirm-password": "in mnacoCORA; sign in v",
    "GET /account/disguise": "in mnacoCORA; sign in v",
    "GET /account/notices": "in mnacoCORA; sign in v",
    "GET /account/notices/inbox": "in mnacoCORA; sign in v",
    "GET /account/feeds": "in mnacoCORA; sign in v",
    "GET /account/password": "in vmnacoCORA",
    "GET /account/password/<token>": "in vmnacoCORA",
    "GET /account/second-factor": "in mnacoCORA; sign in v",
    "GET /account/second-factor/choose": "404 vmnacoCORA",
    "GET /account/second-factor/code": "in mnacoCORA; sign in v",
    "GET /account/second-factor/recovery-code": "in mnacoCORA; sign in v",
    "GET /account/second-factor/recovery-codes": "404 vmnacoCORA",
    "GET /account/second-factor/rescue": "404 vmnacoCORA",
    "GET /account/ward": "in mnacoCORA; sign in v",
    "GET /admin": "in A; sign in v; 403 mnacoCOR",
    "GET /admin/proposals": "in RA; sign in v; 403 mnacoCO",
    "GET /admin/proposals/<proposal_id>": "in RA; sign in v; 403 mnacoCO",
    "GET /admin/postcodes": "in A; sign in v; 403 mnacoCOR",
    "GET /admin/reviewers": "in A; sign in v; 403 mnacoCOR",
    "GET /admin/reviewers/look-again": "in A; sign in v; 403 mnacoCOR",
    "GET /admin/revoke": "in A; sign in v; 403 mnacoCOR",
    "GET /admin/second-factor": "in A; sign in v; 403 mnacoCOR",
    "GET /alerts": "in vmnacoCORA",
    "GET /alerts.atom": "in vmnacoCORA",
    "GET /alerts/<alert_id>": "in nacoCOA; 404 vmR",
    "GET /alerts/<alert_id>.cap": "in nacoCOA; 404 vmR",
    "GET /alerts/<alert_id>/cancel": "sign in v; 403 mnacoCORA",
    "GET /alerts/<alert_id>/print": "in nacoCOA; 404 vmR",
    "GET /alerts/<alert_id>/update": "sign in v; 403 mnacoCORA",
    "GET /alerts/waiting": "in coCO; sign in v; 403 mnaRA",
    "GET /alerts/waiting/<waiting_id>": "in CO; sign in v; 403 mnaRA; 404 co",
    "GET /alerts/new": "in coCO; sign in v; 403 mnaRA",
    "GET /anonymity": "in vmnacoCORA",
    "GET /anonymity/neighbours.js": "in vmnacoCORA",
    "GET /anonymity/epochs": "in A; sign in v; 403 mnacoCOR",
    "GET /.well-known/<document>.json": "in vmnacoCORA",
    "GET /api/v1/anonymity/choice": "in mnacoCORA; 401 v",
    "PUT /api/v1/anonymity/choice": "in mnacoCORA; 401 v",
    "GET /api/v1/anonymity/epochs": "in mnacoCORA; 401 v",
    "POST /api/v1/anonymity/issue": "in na; 401 v; 403 mcoCORA",
    "GET /api/v1/anonymity/vault": "401 v; 404 mnacoCORA",
    "PUT /api/v1/anonymity/vault": "in mnacoCORA; 401 v",
    "DELETE /api/v1/anonymity/vault": "in mnacoCORA; 401 v",
    "GET /federation/mirrors/<mirror_id>/<document_name>": "404 vmnacoCORA",
    "GET /anonymity/write": "in vmnacoCORA",
    "POST /anonymity/bans": "sign in v; 403 mnaRA; 404 coCO",
    "GET /anonymity/openings": "sign in v; 403 mnacoCORA",
    "GET /anonymity/openings/<opening_id>": "sign in v; 403 mnacoCORA",
    "GET /anonymity/openings/counts": "in vmnacoCORA",
    "GET /anonymity/openings/new": "sign in v; 403 mnacoCORA",
    "GET /anonymity/openings/told": "in mnacoCORA; sign in v",
    "POST /anonymity/openings/<opening_id>/decide": "sign in v; 403 mnacoCORA",
    "POST /anonymity/openings/<opening_id>/look": "sign in v; 403 mnacoCORA",
    "POST /anonymity/openings/<opening_id>/put-off": "sign in v; 403 mnacoCORA",
    "POST /anonymity/openings/new": "sign in v; 403 mnacoCORA",
    "GET /tips": "in vmnacoCORA",
    "GET /tips/desk": "in coCO; sign in v; 403 mnaRA",
    "GET /tips/desk/<tip_id>": "in CO; sign in v; 403 mnaRA; 404 co",
    "GET /tips/open": "in vmnacoCORA",
    "POST /tips": "in vmnacoCORA",
    "POST /tips/desk/<tip_id>": "in CO; sign in v; 403 mnaRA; 404 co",
    "POST /tips/open": "in vmnacoCORA",
    "GET /api/v1/alerts": "in mnacoCORA; 401 v",
    "GET /api/v1/alerts.atom": "in vmnacoCORA",
    "GET /api/v1/alerts/waiting": "in coCO; 401 v; 403 mnaRA",
    "GET /api/v1/alerts/<alert_id>": "in nacoCOA; 401 v; 404 mR",
    "GET /api/v1/alerts/<alert_id>.cap": "in nacoCOA; 401 v; 404 mR",
    "GET /api/v1/federation/deliveries": "in A; 401 v; 403 mnacoCOR",
    "GET /api/v1/federation/peers": "in A; 401 v; 403 mnacoCOR",
    "GET /api/v1/letters": "in coCO; 401 v; 403 mnaRA",
    "PUT /api/v1/letters/<board_letter_id>": "in coCO; 401 v; 403 mnaRA",
    "POST /api/v1/letters/<board_letter_id>/send": "in coCO; 401 v; 403 mnaRA",
    "GET /letters": "in coCO; sign in v; 403 mnaRA",
    "GET /letters/<board_letter_id>": "in CO; sign in v; 403 mnaRA; 404 co",
    "POST /letters/<board_letter_id>": "in CO; sign in v; 403 mnaRA; 404 co",
    "GET /boards/<code>/deputies": "in CO; sign in v; 403 mnacoRA",
    "POST /boards/<code>/deputies": "in CO; sign in v; 403 mnacoRA",
    "POST /boards/<code>/deputies/dismiss": "in CO; sign in v; 403 mnacoRA",
    "GET /api/v1/me": "in mnacoCORA; 401 v",
    "GET /api/v1/me/followed": "in mnacoCORA; 401 v",
    "GET /api/v1/me/notices": "in mnacoCORA; 401 v",
    "GET /api/v1/openapi.json": "in vmnacoCORA",
    "GET /api/v1/plugins": "in mnacoCORA; 401 v",
    "GET /api/v1/police/sessions": "in vmnacoCORA",
    "GET /api/v1/police/sessions.ics": "in vmnacoCORA",
    "GET /api/v1/police/sessions/<session_id>": "in vmnacoCORA",
    "GET /api/v1/police/sessions/<session_id>/questions": "in mnacoCORA; 401 v",
    "GET /api/v1/police/wards/<ward_code>": "in vmnacoCORA",
    "GET /api/v1/boards/<code>/places": "in mnacoCORA; 401 v",
    "GET /api/v1/posts/<post_id>/files/<attachment_id>.jpg": "in naCO; 401 v; 404 mcoRA",
    "GET /drafts/files/<file_id>.jpg": "sign in v; 404 mnacoCORA",
    "GET /posts/<post_id>/files/<attachment_id>.jpg": "in naCO; 404 vmcoRA",
    "POST /api/v1/posts/<post_id>/files": "in a; 401 v; 403 mnCORA; 404 co",
    "GET /api/v1/posts/<post_id>": "in naCO; 401 v; 404 mcoRA",
    "GET /api/v1/search": "in mnacoCORA; 401 v",
    "GET /api/v1/threads": "in mnacoCORA; 401 v",
    "GET /api/v1/threads/<thread_id>": "in naCO; 401 v; 404 mcoRA",
    "GET /api/v1/threads/<thread_id>/replies": "in naCO; 401 v; 404 mcoRA",
    "GET /api/v1/threads/<thread_id>/follow": "in naCO; 401 v; 404 mcoRA",
    "POST /api/v1/threads/<thread_id>/follow": "in naCO; 401 v; 404 mcoRA",
    "DELETE /api/v1/threads/<thread_id>/follow": "in naCO; 401 v; 404 mcoRA",
    "GET /api/v1/verification/case": "in mnacoCORA; 401 v",
    "GET /api/v1/verification/cases/<case_id>/pages/<page_id>": "in R; 401 v; 403 mnacoCOA",
    "GET /api/v1/verification/conflicts": "in R; 401 v; 403 mnacoCOA",
    "GET /api/v1/verification/key": "in R; 401 v; 403 mnacoCOA",
    "GET /api/v1/verification/queue": "in R; 401 v; 403 mnacoCOA",
    "GET /api/v1/verification/reseal": "in R; 401 v; 403 mnacoCOA",
    "GET /api/v1/wards": "in vmnacoCORA",
    "GET /boards": "in vmnacoCORA",
    "GET /boards/<code>": "in vmnacoCORA",
    "GET /boards/<code>/feed.atom": "in vmnacoCORA",
    "GET /boards/<code>/new": "in naCO; sign in v; 403 mcoRA",
    "GET /boards/<code>/ended": "in vmnacoCORA",
    "GET /boards/<code>/no-news": "in CO; sign in v; 403 mnacoRA",
    "GET /boards/<code>/waiting": "in CO; sign in v; 403 mnacoRA",
    "GET /boards/map": "in vmnacoCORA",
    "GET /complaints": "in vmnacoCORA",
    "GET /complaints/about/<any(illegal,decision,data,site):matter>": "in vmnacoCORA",
    "GET /complaints/answer": "in vmnacoCORA",
    "GET /complaints/defamation": "in vmnacoCORA",
    "GET /complaints/defamation/<post_id>": "in vmnacoCORA",
    "GET /complaints/items/<complaint_id>": "in CA; sign in v; 403 mnaoOR; 404 c",
    "GET /complaints/notices/<notice_id>": "in CA; sign in v; 403 mnaoOR; 404 c",
    "GET /complaints/queue": "in cCA; sign in v; 403 mnaoOR",
    "GET /complaints/record": "in A; sign in v; 403 mnacoCOR",
    "GET /complaints/record.csv": "in A; sign in v; 403 mnacoCOR",
    "GET /posts/<post_id>/complaint": "in a; sign in v; 404 mncoCORA",
    "POST /api/v1/posts/look-through": "in nacoCO; 401 v; 403 mRA",
    "POST /complaints/about/<any(illegal,decision,data,site):matter>": "in vmnacoCORA",
    "POST /complaints/answer": "in vmnacoCORA",
    "POST /complaints/defamation": "in vmnacoCORA",
    "POST /complaints/defamation/<post_id>": "in vmnacoCORA",
    "POST /complaints/items/<complaint_id>": "in CA; sign in v; 403 mnaoOR; 404 c",
    "POST /complaints/notices/<notice_id>": "sign in v; 403 mnaoOR; 404 cCA",
    "POST /posts/<post_id>/complaint": "in a; sign in v; 404 mncoCORA",
    "POST /threads/<thread_id>/proceedings": "in CO; sign in v; 403 mnaRA; 404 co",
    "GET /fed/v1/": "404 vmnacoCORA",
    "GET /fed/v1/<path:rest>": "404 vmnacoCORA",
    "GET /fed/v1/digest": "401 vmnacoCORA",
    "GET /fed/v1/instance": "in vmnacoCORA",
    "GET /fed/v1/outbox": "401 vmnacoCORA",
    "GET /fed/v1/policy": "401 vmnacoCORA",
    "GET /.well-known/webfinger": "in vmnacoCORA",
    "GET /.well-known/nodeinfo": "in vmnacoCORA",
    "GET /nodeinfo/2.1": "in vmnacoCORA",
    "GET /actors/alerts": "in vmnacoCORA",
    "GET /actors/alerts/outbox": "in vmnacoCORA",
    "GET /actors/alerts/followers": "in vmnacoCORA",
    "GET /public/alerts/<alert_id>": "404 vmnacoCORA",
    "GET /feeds/cap.atom": "in vmnacoCORA",
    "GET /federation": "in vmnacoCORA",
    "GET /federation/alerts": "in vmnacoCORA",
    "GET /federation/deliveries": "in A; sign in v; 403 mnacoCOR",
    "GET /federation/peers": "in A; sign in v; 403 mnacoCOR",
    "GET /federation/peers/<peer_id>": "sign in v; 403 mnacoCOR; 404 A",
    "GET /federation/peers/<peer_id>/agreement": "sign in v; 403 mnacoCOR; 404 A",
    "GET /federation/peers/<peer_id>/trust": "sign in v; 403 mnacoCOR; 404 A",
    "GET /federation/waiting": "in cCA; sign in v; 403 mnaoOR",
    "GET /federation/waiting/<remote_id>": "sign in v; 403 mnaoOR; 404 cCA",
    "GET /federation/peers/new": "in A; sign in v; 403 mnacoCOR",
    "GET /feeds/<token>.atom": "404 vmnacoCORA",
    "GET /fs-static/<path:filename>": "404 vmnacoCORA",
    "GET /healthz": "in vmnacoCORA",
    "GET /help": "in vmnacoCORA",
    "GET /join": "in vmnacoCORA",
    "GET /moderation": "in coCOA; sign in v; 403 mnaR",
    "GET /moderation/cases/<moderation_case_id>": "in CO; sign in v; 403 mnaR; 404 coA",
    "GET /moderation/cases/<moderation_case_id>/pictures/<case_picture_id>.jpg": "sign in v; 403 mnaR; 404 coCOA",
    "GET /api/v1/moderation/cases/<moderation_case_id>/pictures/<case_picture_id>.jpg": "401 v; 403 mnaR; 404 coCOA",
    "POST /moderation/cases/<moderation_case_id>/claim": "in CO; sign in v; 403 mnaR; 404 coA",
    "POST /moderation/cases/<moderation_case_id>/release": "in CO; sign in v; 403 mnaR; 404 coA",
    "POST /moderation/cases/<moderation_case_id>/decide": "in CO; sign in v; 403 mnaR; 404 coA",
    "GET /moderation/log": "in mnacoCORA; sign in v",
    "GET /boards/<code>/log": "in mnacoCORA; sign in v",
    "GET /posts/<post_id>/edit": "in a; sign in v; 404 mncoCORA",
    "POST /posts/<post_id>/edit": "in a; sign in v; 404 mncoCORA",
    "GET /posts/<post_id>/appeal": "sign in v; 404 mnacoCORA",
    "POST /posts/<post_id>/appeal": "sign in v; 404 mnacoCORA",
    "GET /threads/<thread_id>/move": "in CO; sign in v; 403 mnaRA; 404 co",
    "POST /threads/<thread_id>/move": "in CO; sign in v; 403 mnaRA; 404 co",
    "GET /threads/<thread_id>/merge": "in CO; sign in v; 403 mnaRA; 404 co",
    "POST /threads/<thread_id>/merge": "in CO; sign in v; 403 mnaRA; 404 co",
    "GET /api/v1/moderation/queue": "in coCOA; 401 v; 403 mnaR",
    "GET /api/v1/moderation/log": "in mnacoCORA; 401 v",
    "GET /api/v1/moderation/cases/<moderation_case_id>": "in CO; 401 v; 403 mnaR; 404 coA",
    "POST /api/v1/moderation/cases/<moderation_case_id>/claim": "in CO; 401 v; 403 mnaR; 404 coA",
    "DELETE /api/v1/moderation/cases/<moderation_case_id>/claim": "in CO; 401 v; 403 mnaR; 404 coA",
    "POST /api/v1/moderation/cases/<moderation_case_id>/decision": "in coCOA; 401 v; 403 mnaR",
    "POST /api/v1/posts/<post_id>/appeal": "in mnacoCORA; 401 v",
    "PATCH /api/v1/posts/<post_id>": "in nacoCO; 401 v; 403 mRA",
    "GET /leave": "in vmnacoCORA",
    "GET /metrics": "in vmnacoCORA",
    "GET /police": "in vmnacoCORA",
    "GET /police/<ward_code>": "in vmnacoCORA",
    "GET /police/<ward_code>/request": "in na; sign in v; 403 mcoCORA",
    "GET /police/<ward_code>/sessions.ics": "in vmnacoCORA",
    "GET /police/bookings/<token>": "404 vmnacoCORA",
    "GET /police/chat": "in vmnacoCORA",
    "GET /police/doors": "in oOA; sign in v; 403 mnacCR",
    "GET /police/doors/<ward_code>/<kind>": "in OA; sign in v; 403 mnacoCR",
    "GET /police/help-me-choose": "in vmnacoCORA",
    "GET /police/help-me-choose/<answers>": "404 vmnacoCORA",
    "GET /police/report": "in vmnacoCORA",
    "GET /police/requests": "in oO; sign in v; 403 mnacCRA",
    "GET /police/sessions": "in vmnacoCORA",
    "GET /police/sessions.ics": "in vmnacoCORA",
    "GET /police/sessions/<string(length=32):session_id>": "in vmnacoCORA",
    "GET /police/sessions/<string(length=32):session_id>.ics": "in vmnacoCORA",
    "GET /police/sessions/<string(length=32):session_id>/cancel": "sign in v; 403 mnacoCORA",
    "GET /police/sessions/<session_id>/questions": "in vmnacoCORA",
    "GET /police/sessions/<session_id>/questions/<question_id>": "sign in v; 403 mnacoCORA",
    "GET /police/sessions/<session_id>/questions/print": "sign in v; 403 mnacoCORA",
    "GET /police/sessions/<session_id>/questions/sort": "sign in v; 403 mnacoCORA",
    "GET /police/sessions/new": "in oO; sign in v; 403 mnacCRA",
    "GET /posts/<post_id>/moderate": "in CO; sign in v; 403 mnaRA; 404 co",
    "GET /posts/<post_id>/report": "in naCO; 404 vmcoRA",
    "GET /posts/<post_id>/withdraw": "in a; sign in v; 404 mncoCORA",
    "GET /privacy": "in vmnacoCORA",
    "GET /readyz": "in vmnacoCORA",
    "GET /review": "in R; sign in v; 403 mnacoCOA",
    "GET /review/conflicts": "in R; sign in v; 403 mnacoCOA",
    "GET /review/conflicts/<conflict_id>": "in R; sign in v; 403 mnacoCOA",
    "GET /review/key": "in R; sign in v; 403 mnacoCOA",
    "GET /review/key/remove": "in R; sign in v; 403 mnacoCOA",
    "GET /review/close": "in R; sign in v; 403 mnacoCOA",
    "GET /verify/close": "in mnacoCORA; sign in v",
    "GET /review/<case_id>": "in R; sign in v; 403 mnacoCOA",
    "GET /review/<case_id>/pages/<page_id>.age": "sign in v; 403 mnacoCORA",
    "GET /review/in-person": "in R; sign in v; 403 mnacoCOA",
    "GET /review/letters": "in R; sign in v; 403 mnacoCOA",
    "GET /review/letters/<letter_id>": "in R; sign in v; 403 mnacoCOA",
    "GET /review/letters/<letter_id>.age": "sign in v; 403 mnacoCORA",
    "GET /search": "in vmnacoCORA",
    "GET /sign-in": "in vmnacoCORA",
    "GET /static/<path:filename>": "404 vmnacoCORA",
    "GET /static/anonymity/<path:filename>": "404 vmnacoCORA",
    "GET /static/verification_docs/<path:filename>": "404 vmnacoCORA",
    "GET /static/ward_boards/<path:filename>": "404 vmnacoCORA",
    "GET /threads/<thread_id>": "in naCO; 404 vmcoRA",
    "GET /r/<token>": "404 vmnacoCORA",
    "GET /unsubscribe/<token>": "404 vmnacoCORA",
    "GET /threads/<thread_id>/print": "in naCO; 404 vmcoRA",
    "GET /threads/<thread_id>/close": "in aCO; sign in v; 403 n; 404 mcoRA",
    "GET /threads/<thread_id>/reopen": "in aCO; sign in v; 403 n; 404 mcoRA",
    "GET /verify": "in mnacoCORA; sign in v",
    "GET /verify/<slug>": "in mnacoCORA; sign in v",
    "GET /verify/in-person": "in mnacoCORA; sign in v",
    "GET /verify/deletions": "in vmnacoCORA",
    "GET /verify/letter": "in mnacoCORA; sign in v",
    "GET /verify/withdraw": "in mnacoCORA; sign in v",
    "POST /account/alias": "in mnacoCORA; sign in v",
    "POST /account/change-password": "in mnacoCORA; sign in v",
    "POST /account/close": "in mnacoCORA; sign in v",
    "POST /account/confirm-password": "in mnacoCORA; sign in v",
    "POST /account/data.json": "in mnacoCORA; sign in v",
    "POST /account/disguise": "in mnacoCORA; sign in v",
    "POST /account/notices": "in mnacoCORA; sign in v",
    "POST /account/notices/browser": "in mnacoCORA; sign in v",
    "POST /account/notices/browser/forget": "in mnacoCORA; sign in v",
    "POST /account/notices/inbox/read": "in mnacoCORA; sign in v",
    "POST /account/notices/unfollow": "in mnacoCORA; sign in v",
    "POST /account/notices/urgent-only": "in mnacoCORA; sign in v",
    "POST /account/feeds": "in nacoCO; sign in v; 403 mRA",
    "POST /account/feeds/<feed_id>/revoke": "sign in v; 404 mnacoCORA",
    "POST /account/password": "in vmnacoCORA",
    "POST /account/password/<token>": "in vmnacoCORA",
    "POST /account/second-factor": "in mnacoCORA; sign in v",
    "POST /account/second-factor/<token>": "404 vmnacoCORA",
    "POST /account/second-factor/choose": "404 vmnacoCORA",
    "POST /account/second-factor/code": "in mnacoCORA; sign in v",
    "POST /account/second-factor/recovery-code": "in mnacoCORA; sign in v",
    "POST /account/second-factor/recovery-codes": "404 vmnacoCORA",
    "POST /account/second-factor/rescue": "404 vmnacoCORA",
    "POST /account/ward": "in mnacoCORA; sign in v",
    "POST /account/wards": "in mnacoCORA; sign in v",
    "POST /admin": "in A; sign in v; 403 mnacoCOR",
    "POST /admin/proposals/<proposal_id>": "in RA; sign in v; 403 mnacoCO",
    "POST /admin/postcodes": "in A; sign in v; 403 mnacoCOR",
    "POST /admin/reviewers": "in A; sign in v; 403 mnacoCOR",
    "POST /admin/reviewers/look-again": "in A; sign in v; 403 mnacoCOR",
    "POST /admin/revoke": "in A; sign in v; 403 mnacoCOR",
    "POST /admin/second-factor": "in A; sign in v; 403 mnacoCOR",
    "POST /alerts/<alert_id>/cancel": "sign in v; 403 mnacoCORA",
    "POST /alerts/<alert_id>/update": "sign in v; 403 mnacoCORA",
    "POST /alerts/waiting/<waiting_id>/agree": "in CO; sign in v; 403 mnaRA; 404 co",
    "POST /alerts/waiting/<waiting_id>/turn-down": "in CO; sign in v; 403 mnaRA; 404 co",
    "POST /alerts/new": "in coCO; sign in v; 403 mnaRA",
    "POST /api/v1/alerts": "in coCO; 401 v; 403 mnaRA",
    "POST /api/v1/alerts/waiting/<waiting_id>/agree": "in CO; 401 v; 403 mnaRA; 404 co",
    "POST /api/v1/alerts/waiting/<waiting_id>/turn-down": "in CO; 401 v; 403 mnaRA; 404 co",
    "POST /api/v1/alerts/<alert_id>/cancel": "in coCO; 401 v; 403 mnaRA",
    "POST /api/v1/police/sessions": "in oO; 401 v; 403 mnacCRA",
    "POST /api/v1/police/sessions/<session_id>/bookings": "in na; 401 v; 403 mcoCORA",
    "POST /api/v1/police/sessions/<session_id>/cancel": "401 v; 403 mnacoCORA",
    "POST /api/v1/police/sessions/<session_id>/questions": "in na; 401 v; 403 mcoCORA",
    "POST /api/v1/police/sessions/<session_id>/questions/<question_id>/me-too": "in na; 401 v; 403 mcoCORA",
    "POST /api/v1/posts/<post_id>/flags": "in mnacoCORA; 401 v",
    "POST /api/v1/threads": "in nacoCO; 401 v; 403 mRA",
    "POST /api/v1/threads/<thread_id>/close": "in nacoCO; 401 v; 403 mRA",
    "POST /api/v1/threads/<thread_id>/reopen": "in nacoCO; 401 v; 403 mRA",
    "POST /api/v1/threads/<thread_id>/me-too": "in naCO; 401 v; 403 mRA; 404 co",
    "POST /api/v1/threads/<thread_id>/replies": "in nacoCO; 401 v; 403 mRA",
    "POST /api/v1/verification/case/read-only": "in mnacoCORA; 401 v",
    "POST /verify/read-only": "in mnacoCORA; sign in v",
    "POST /api/v1/verification/case/evidence": "in mnacoCORA; 401 v",
    "POST /api/v1/verification/key/challenge": "in R; 401 v; 403 mnacoCOA",
    "POST /api/v1/verification/reseal/<page_id>/take": "401 v; 403 mnacoCOA; 404 R",
    "POST /api/v1/verification/cases/<case_id>/claim": "in R; 401 v; 403 mnacoCOA",
    "POST /api/v1/verification/conflicts/<conflict_id>/decision": "in R; 401 v; 403 mnacoCOA",
    "POST /api/v1/verification/cases/<case_id>/evidence/<evidence_id>/number": "in R; 401 v; 403 mnacoCOA",
    "POST /api/v1/verification/cases/<case_id>/evidence/<evidence_id>/number/override": "in R; 401 v; 403 mnacoCOA",
    "POST /api/v1/verification/cases/<case_id>/evidence/<evidence_id>/decision": "in R; 401 v; 403 mnacoCOA",
    "POST /api/v1/verification/in-person": "in mnacoCORA; 401 v",
    "POST /api/v1/verification/in-person/sign": "in R; 401 v; 403 mnacoCOA",
    "POST /api/v1/verification/letter": "in mnacoCORA; 401 v",
    "POST /api/v1/verification/letter/code": "in mnacoCORA; 401 v",
    "POST /boards/<code>/new": "in naCO; sign in v; 403 mcoRA",
    "POST /boards/<code>/read": "in naCO; sign in v; 403 mcoRA",
    "POST /fed/v1/": "404 vmnacoCORA",
    "POST /fed/v1/<path:rest>": "404 vmnacoCORA",
    "POST /fed/v1/inbox": "401 vmnacoCORA",
    "POST /fed/v1/keys": "401 vmnacoCORA",
    "POST /fed/v1/peering/<peering_id>/confirm": "401 vmnacoCORA",
    "POST /fed/v1/peering/<peering_id>/status": "401 vmnacoCORA",
    "POST /fed/v1/peering/proposals": "in vmnacoCORA",
    "POST /fed/v1/ping": "401 vmnacoCORA",
    "POST /fed/v1/sightings": "401 vmnacoCORA",
    "POST /actors/alerts/inbox": "in vmnacoCORA",
    "POST /federation/public/retry": "in A; sign in v; 403 mnacoCOR",
    "POST /federation/deliveries/retry": "sign in v; 403 mnacoCOR; 404 A",
    "POST /federation/peers/<peer_id>/accept": "sign in v; 403 mnacoCOR; 404 A",
    "POST /federation/peers/<peer_id>/confirm": "sign in v; 403 mnacoCOR; 404 A",
    "POST /federation/peers/<peer_id>/resume": "sign in v; 403 mnacoCOR; 404 A",
    "POST /federation/peers/<peer_id>/revoke": "sign in v; 403 mnacoCOR; 404 A",
    "POST /federation/peers/<peer_id>/suspend": "sign in v; 403 mnacoCOR; 404 A",
    "POST /federation/peers/<peer_id>/trust": "sign in v; 403 mnacoCOR; 404 A",
    "POST /federation/alerts/<seen_id>/seen": "sign in v; 403 moORA; 404 nacC",
    "POST /federation/waiting/<remote_id>/refuse": "sign in v; 403 mnaoOR; 404 cCA",
    "POST /federation/waiting/<remote_id>/show": "sign in v; 403 mnaoOR; 404 cCA",
    "POST /federation/peers/new": "in A; sign in v; 403 mnacoCOR",
    "POST /join": "in vmnacoCORA",
    "POST /leave": "in vmnacoCORA",
    "POST /look": "in vmnacoCORA",
    "POST /police/<ward_code>/request": "in na; sign in v; 403 mcoCORA",
    "POST /police/<ward_code>/request/withdraw": "in mnacoCORA; sign in v",
    "POST /police/bookings/<token>": "404 vmnacoCORA",
    "POST /police/doors/<ward_code>/<kind>": "in OA; sign in v; 403 mnacoCR",
    "POST /police/doors/<ward_code>/<kind>/reset": "in OA; sign in v; 403 mnacoCR",
    "POST /police/sessions/<string(length=32):session_id>/book": "in na; sign in v; 403 mcoCORA",
    "POST /police/sessions/<string(length=32):session_id>/cancel": "sign in v; 403 mnacoCORA",
    "POST /police/sessions/<string(length=32):session_id>/give-back": "in mnacoCORA; sign in v",
    "POST /police/sessions/<session_id>/questions": "in na; sign in v; 403 mcoCORA",
    "POST /police/sessions/<session_id>/questions/<question_id>": "sign in v; 403 mnacoCORA",
    "POST /police/sessions/<session_id>/questions/<question_id>/leave-out": "sign in v; 403 mnacoCORA",
    "POST /police/sessions/<session_id>/questions/<question_id>/me-too": "in na; sign in v; 403 mcoCORA",
    "POST /police/sessions/<session_id>/questions/<question_id>/show": "sign in v; 403 mnacoCORA",
    "POST /police/sessions/<session_id>/questions/<question_id>/take-back": "in mnacoCORA; sign in v",
    "POST /police/sessions/<session_id>/questions/sort": "sign in v; 403 mnacoCORA",
    "POST /police/sessions/new": "in oO; sign in v; 403 mnacCRA",
    "POST /posts/<post_id>/moderate": "in CO; sign in v; 403 mnaRA; 404 co",
    "POST /posts/<post_id>/report": "in naCO; 404 vmcoRA",
    "POST /posts/<post_id>/withdraw": "in a; sign in v; 404 mncoCORA",
    "POST /review/<case_id>/<evidence_id>": "in R; sign in v; 403 mnacoCOA",
    "POST /review/<case_id>/<evidence_id>/number": "in R; sign in v; 403 mnacoCOA",
    "POST /review/<case_id>/<evidence_id>/number/override": "in R; sign in v; 403 mnacoCOA",
    "POST /review/conflicts/<conflict_id>": "in R; sign in v; 403 mnacoCOA",
    "POST /review/close": "in R; sign in v; 403 mnacoCOA",
    "POST /verify/close": "in mnacoCORA; sign in v",
    "POST /review/<case_id>/open": "in R; sign in v; 403 mnacoCOA",
    "POST /review/<case_id>/put-back": "in R; sign in v; 403 mnacoCOA",
    "POST /review/key": "in R; sign in v; 403 mnacoCOA",
    "POST /review/key/challenge": "in R; sign in v; 403 mnacoCOA",
    "POST /review/key/remove": "in R; sign in v; 403 mnacoCOA",
    "POST /review/reseal": "in R; sign in v; 403 mnacoCOA",
    "POST /review/reseal/<page_id>": "sign in v; 403 mnacoCOA; 404 R",
    "POST /review/reseal/<page_id>/take": "sign in v; 403 mnacoCOA; 404 R",
    "POST /review/in-person": "in R; sign in v; 403 mnacoCOA",
    "POST /review/in-person/first": "in R; sign in v; 403 mnacoCOA",
    "POST /review/in-person/second": "in R; sign in v; 403 mnacoCOA",
    "POST /review/letters/<letter_id>": "in R; sign in v; 403 mnacoCOA",
    "POST /review/letters/<letter_id>/posted": "in R; sign in v; 403 mnacoCOA",
    "POST /sign-in": "in vmnacoCORA",
    "POST /sign-out": "in vmnacoCORA",
    "POST /threads/<thread_id>": "in naCO; sign in v; 404 mcoRA",
    "POST /threads/<thread_id>/close": "in aCO; sign in v; 403 n; 404 mcoRA",
    "POST /threads/<thread_id>/goes-on": "in aCO; sign in v; 403 n; 404 mcoRA",
    "POST /threads/<thread_id>/reopen": "in aCO; sign in v; 403 n; 404 mcoRA",
    "POST /threads/<thread_id>/lock": "in CO; sign in v; 403 mnaRA; 404 co",
    "POST /threads/<thread_id>/follow": "in naCO; sign in v; 404 mcoRA",
    "POST /threads/<thread_id>/unfollow": "in naCO; sign in v; 404 mcoRA",
    "POST /r/<token>": "404 vmnacoCORA",
    "POST /unsubscribe/<token>": "404 vmnacoCORA",
    "POST /threads/<thread_id>/read": "in naCO; sign in v; 403 mRA; 404 co",
    "POST /threads/<thread_id>/me-too": "in naCO; sign in v; 403 mRA; 404 co",
    "POST /threads/<thread_id>/me-too/undo": "in naCO; sign in v; 403 mRA; 404 co",
    "POST /verify/<slug>": "in mnacoCORA; sign in v",
    "POST /verify/<slug>/take-back": "in mnacoCORA; sign in v",
    "POST /verify/in-person": "in mnacoCORA; sign in v",
    "POST /verify/in-person/cancel": "in mnacoCORA; sign in v",
    "POST /verify/letter": "in mnacoCORA; sign in v",
    "POST /verify/letter/cancel": "in mnacoCORA; sign in v",
    "POST /verify/letter/code": "in mnacoCORA; sign in v",
    "POST /verify/withdraw": "in mnacoCORA; sign in v",
    "PUT /api/v1/alerts/<alert_id>": "in coCO; 401 v; 403 mnaRA",
    "PUT /api/v1/verification/key": "in R; 401 v; 403 mnacoCOA",
    "PUT /api/v1/verification/reseal/<page_id>": "401 v; 403 mnacoCOA; 404 R",
}
"""Each route with who gets in, and how the others are refused."""

PUBLIC_POSTS = {
    "/leave": "leaving must never fail; the worst is that somebody is signed out",
    "/unsubscribe/<token>": "mail programs send it by themselves (RFC 8058); the signed link is the proof",
    "/r/<token>": "a phone that is not signed in; the signed link is the proof, and nobody is signed in by it",
    "/look": "a token would put a cookie on every page; the worst is a dark page",
    "/actors/alerts/inbox": "other servers ask; no cookie counts there, the signature is the proof",
}
"""Cookie POSTs that want no token, and why."""

ASKED_BY_PAGES = tuple(f"/api/v1/anonymity/{name}" for name in ("choice", "epochs", "issue", "vault"))
"""Of the API: the cookie does too, with the page's token in a header for whatever changes something."""


@dataclass
class World:
    """An instance with content, and somebody of each role."""

    app: Flask
    people: dict[str, str | None]
    ids: dict[str, str]
    database: Path
    tokens: dict[str, str]

    def client(self, role: str) -> FlaskClient:
        client = self.app.test_client()
        if (member_id := self.people[role]) is not None:
            sign_in(client, member_id)
        return client

    def path(self, rule: str) -> str:
        return re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda found: self.ids[found.group(1)], rule)

    def ask(self, role: str, method: str, rule: str) -> str:
        """Return what became of it: in, or how it was refused."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role in self.tokens else {}
        if not rule.startswith("/api/"):
            headers = {}
        answer = self.client(role).open(self.path(rule), method=method, headers=headers)
        assert answer.status_code < 500, (role, method, rule)
        if answer.status_code in (302, 303) and answer.headers["Location"].startswith("/sign-in"):
            return "sign in"
        return str(answer.status_code) if answer.status_code in (401, 403, 404) else "in"


def _id_of(world_db: Any, table: str, **where: Any) -> str:
    columns = Base.metadata.tables[table].c
    wanted = sa.select(columns.id).where(*(columns[name] == value for name, value in where.items()))
    return str(world_db.scalars(wanted).first())


def _session_with_questions(db: Any) -> str:
    return str(db.scalars(sa.select(Base.metadata.tables["police_links_question"].c.session_id)).first())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("policy")
    app = make_app(folder)
    people: dict[str, str | None] = {
        "visitor": None,
        "member": make_member(app, "Ash"),
        "neighbour": make_member(app, "Birch", ward=ELSEWHERE),
        "author": make_member(app, "Cedar", ward=HERE),
        "coordinator_elsewhere": make_member(app, "Elm", roles=[("coordinator", ELSEWHERE)]),
        "officer_elsewhere": make_member(app, "Fir", roles=[("officer", ELSEWHERE)]),
        "coordinator": make_member(app, "Hazel", roles=[("coordinator", HERE)]),
        "officer": make_member(app, "Holly", roles=[("officer", HERE)]),
        "reviewer": make_member(app, "Larch", roles=["reviewer"]),
        "admin": make_member(app, "Maple", roles=["admin"]),
    }
    ids = _fill(app, people)
    tokens = {role: api_token(app, member_id, *SCOPES) for role, member_id in people.items() if member_id}
    return World(app, people, ids, folder / "boroughwatch.db", tokens)


def _a_postcode(db: Any) -> str:
    """A home whose ward is known; the tests' own, or one of the demonstration's."""
    return str(db.scalars(sa.select(Postcode.postcode).where(Postcode.ward_code == HERE)).first())


def _urgent() -> AlertDraft:
    words = {"headline": "Moped robberies", "description": "Two riders took phones.", "certainty": "Observed"}
    kind = {"category": "Security", "event": "robbery", "severity": "Severe", "urgency": "Immediate"}
    return AlertDraft(**words, **kind, areas=(HERE,), onset=now(), expires=now() + timedelta(hours=12))


def _fill(app: Flask, people: dict[str, str | None]) -> dict[str, str]:
    """Put content in: a thread and posts of the author, and what the demonstration has."""
    extra = {"verified2": make_member(app, "Oak", ward=HERE), "verified": make_member(app, "Rowan", ward=HERE)}
    staff = {role: make_member(app, role.title(), roles=[role], ward=HERE) for role in ("officer", "coordinator")}
    second = make_member(app, "Alder", roles=["reviewer"])
    others = {
        "reviewer": people["reviewer"],
        "reviewer2": second,
        "member": people["member"],
        "newcomer": make_member(app, "Yew"),
    }
    proposer = make_member(app, "Willow", roles=["admin"])
    with app.app_context(), transaction() as db:
        demo_boroughs.content(db, {**extra, **staff, **{k: str(v) for k, v in others.items()}})
        author = permissions.viewer_of(db, people["author"])
        entry = publishing.Entry("Two mopeds", "On the towpath.", (HERE,), "crime", "verified")
        placed = publishing.open_thread(db, author, entry, now=now())
        about = papers.Notice("Alex", "alex@mail.example", "here", "words", "why", "meaning", "wrong")
        notices.receive(db, placed.post_id, about, now=now())
        tips.give(db, HERE, "They sell in the stairwell.")
        complaints.receive(db, "site", papers.Matter("Not right."), post_id=placed.post_id, now=now())
        reported = publishing.open_thread(db, author, replace(entry, title="Seen again"), now=now())
        reports.flag(db, extra["verified"], reported.post_id, reason="unkind", note="", now=now())
        second_person.propose(db, permissions.viewer_of(db, staff["officer"]), _urgent(), None, now=now())
        attachments.add(db, placed.post_id, [Piece(b"\xff\xd8\xff", "A gate", 8, 8)])
        proposals.propose_role(db, permissions.viewer_of(db, proposer), others["newcomer"], "reviewer", None)
        for member_id in (extra["verified2"], extra["verified"]):
            duplicates.meet(db, member_id, {"document": "0" * 64}, second, now())
        letters.ask(db, staff["coordinator"], letters.Address("Hazel", ("1 Made Street",), _a_postcode(db)), now())
    work(app)
    with app.app_context(), reading() as db:
        return {
            "thread_id": placed.thread_id,
            "post_id": _id_of(db, "ward_boards_post", thread_id=placed.thread_id),
            "attachment_id": _id_of(db, "ward_boards_attachment", post_id=placed.post_id),
            "file_id": "0" * 32,
            "alert_id": _id_of(db, "ward_boards_alert"),
            "waiting_id": _id_of(db, "ward_boards_alert_proposal"),
            "session_id": _session_with_questions(db),
            "question_id": _id_of(db, "police_links_question"),
            "case_id": _id_of(db, "verification_docs_case", state="waiting"),
            "moderation_case_id": _id_of(db, "ward_boards_case", post_id=reported.post_id),
            "case_picture_id": "0" * 32,
            "evidence_id": _id_of(db, "verification_docs_evidence"),
            "page_id": _id_of(db, "verification_docs_page"),
            "letter_id": _id_of(db, "verification_docs_letter"),
            "board_letter_id": _id_of(db, "ward_boards_letter", ward_code=HERE),
            "conflict_id": _id_of(db, "verification_docs_conflict"),
            "code": HERE,
            "ward_code": HERE,
            "kind": "live_chat",
            "notice_id": _id_of(db, "ward_boards_notice"),
            "complaint_id": _id_of(db, "ward_boards_complaint"),
            "matter": "site",
            "slug": "id",
            "tip_id": _id_of(db, "anonymity_tip", ward_code=HERE),
            "opening_id": "0" * 32,
            "peer_id": "0" * 32,
            "peering_id": "0" * 32,
            "remote_id": "0" * 32,
            "seen_id": "0" * 32,
            "feed_id": "0" * 32,
            "token": "not-a-token",
            "proposal_id": _id_of(db, "core_proposal"),
            "answers": "x",
            "rest": "x",
            "filename": "none.css",
            "document": "anon-epochs",
            "document_name": "anon-epochs.json",
            "mirror_id": "0" * 32,
        }


def _routes(app: Flask) -> list[tuple[str, str]]:
    return sorted(
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def test_the_table_names_every_route(world: World) -> None:
    assert not [f"{method} {rule}" for method, rule in _routes(world.app) if f"{method} {rule}" not in POLICY]


def test_everyone_gets_in_where_the_table_says_and_nowhere_else(world: World, tmp_path: Path) -> None:
    with closing(sqlite3.connect(world.database, timeout=20)) as live, closing(sqlite3.connect(":memory:")) as saved:
        live.backup(saved)
        files, kept = world.database.parent / "files", tmp_path / "files"
        shutil.copytree(files, kept)
        surprises = []
        for method, rule in _routes(world.app):
            found: dict[str, str] = {}
            for role in ROLES:
                outcome = world.ask(role, method, rule)
                found[outcome] = found.get(outcome, "") + LETTERS[role]
                if method != "GET" and outcome == "in":
                    saved.backup(live)  # each finds what the others found, files included
                    shutil.copytree(kept, files, dirs_exist_ok=True)
            wanted = POLICY.get(f"{method} {rule}", "")
            written = "; ".join(f"{how} {who}" for how, who in sorted(found.items(), key=lambda item: item[0] != "in"))
            if set(written.split("; ")) != set(wanted.split("; ")):
                surprises.append(f"{method} {rule}: {written}, and not {wanted}")
        assert not surprises


def test_reading_changes_nothing(world: World) -> None:
    with closing(sqlite3.connect(world.database, timeout=20)) as watcher:
        for role in ROLES:
            for method, rule in _routes(world.app):
                if method == "GET":
                    before = watcher.execute("PRAGMA data_version").fetchone()
                    world.ask(role, method, rule)
                    assert watcher.execute("PRAGMA data_version").fetchone() == before, (role, rule)


def test_no_form_is_taken_without_its_token(world: World) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = True
    try:
        for method, rule in _routes(world.app):
            if method == "GET" or rule.startswith(("/api/", "/fed/")) or rule in PUBLIC_POSTS:
                continue
            for role in ("visitor", "author", "reviewer", "admin"):
                answer = world.client(role).open(world.path(rule), method=method, data={"sure": "y"})
                assert answer.status_code == 400, (role, method, rule)
    finally:
        world.app.config["WTF_CSRF_ENABLED"] = False


def test_a_cookie_counts_for_nothing_where_no_form_token_is_wanted(world: World) -> None:
    for method, rule in _routes(world.app):
        if rule.startswith("/api/") and POLICY[f"{method} {rule}"] != f"in {''.join(LETTERS.values())}":
            answer = world.client("admin").open(world.path(rule), method=method)
            if rule not in ASKED_BY_PAGES:
                assert answer.status_code == 401, (method, rule)
            elif method != "GET":
                assert (answer.status_code, answer.get_json()["code"]) == (403, "csrf"), (method, rule)


@pytest.mark.parametrize("role", ["reviewer", "custodian", "admin"])
def test_O2_without_a_second_factor_no_route_opens_that_needs_one(world: World, role: str) -> None:
    client = world.app.test_client()
    sign_in(client, make_member(world.app, roles=[role], second_factor=False))
    with world.app.app_context():
        needing = {name for name, each in permissions.known().items() if each.needs_second_factor}
        theirs = {name for name in needing if role in permissions.known()[name].default_roles}
    tried = set()
    for method, rule in _routes(world.app):
        endpoint = next(
            each.endpoint for each in world.app.url_map.iter_rules() if each.rule == rule and method in each.methods
        )
        wanted = getattr(world.app.view_functions[endpoint], "access", "")
        if wanted not in needing or rule.startswith("/api/"):
            continue  # tokens for the API are made by the operator
        answer = client.open(world.path(rule), method=method)
        is_led = answer.headers.get("Location", "").startswith(totp.PATH)
        # Who could not pass anyway, like a reviewer nobody has vetted, is told that first.
        assert is_led if wanted in theirs and wanted.startswith("core.") else answer.status_code in (303, 403), rule
        assert is_led or answer.status_code == 403, (method, rule)
        tried.add(is_led)
    assert True in tried
