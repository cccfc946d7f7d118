"""The page of API tokens: shown once, listed, revoked."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from extensions import db
from models import ApiToken, User
from tests.factories import make_user
from tests.tokens import Program, make_token

FORM = {"name": "Laptop", "scopes": ["read:stories", "write:stories"], "lasts": "30"}


def secret_in(page: str) -> str:
    found = re.search(r'value="(earshot_[\w-]+)"', page)
    assert found
    return found[1]


def test_a_token_is_made_shown_once_and_works(app: Flask, me: FlaskClient):
    made = me.post("/account/tokens", data=FORM)
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "private, no-store"
    secret = secret_in(made.text)
    listed = me.get("/account/tokens").text
    assert secret not in listed
    assert secret[:14] in listed
    assert "Never used" in listed
    assert Program(app, secret).get("/stories").status_code == 200
    assert "Used <time" in me.get("/account/tokens").text
    row = db.session.scalars(select(ApiToken)).one()
    assert (row.expires_at - row.created_at).days == 30


def test_a_token_may_last_until_it_is_revoked(app: Flask, me: FlaskClient):
    secret = secret_in(me.post("/account/tokens", data=FORM | {"lasts": "0"}).text)
    row = db.session.scalars(select(ApiToken)).one()
    assert row.expires_at is None
    reply = me.post(f"/account/tokens/{row.id}/revoke")
    assert (reply.status_code, reply.headers["Location"]) == (303, "/account/tokens")
    assert Program(app, secret).get("/stories").status_code == 401
    assert "Revoked" in me.get("/account/tokens").text


def test_a_form_without_name_or_scopes_keeps_what_was_chosen(me: FlaskClient):
    refused = me.post("/account/tokens", data={"name": "", "scopes": ["read:usage"], "lasts": "0"})
    assert refused.status_code == 422
    assert 'value="read:usage" checked' in refused.text
    assert me.post("/account/tokens", data={"name": "x", "lasts": "30"}).status_code == 422
    odd = FORM | {"scopes": ["everything"]}
    assert me.post("/account/tokens", data=odd).status_code == 422
    assert db.session.scalars(select(ApiToken)).all() == []


def test_tokens_of_others_are_not_there(me: FlaskClient, reader: User):
    other = make_user()
    make_token(other)
    assert "A program</b>" not in me.get("/account/tokens").text
    token_id = db.session.scalars(select(ApiToken.id)).one()
    assert me.post(f"/account/tokens/{token_id}/revoke").status_code == 404


def test_the_account_page_leads_there_and_offers_the_bookmarklet(me: FlaskClient, reader: User):
    make_token(reader)
    page = me.get("/account").text
    assert 'href="/account/tokens"' in page
    assert "1 in use" in page
    assert "javascript:location.href=&#34;http://localhost/news/save&#34;" in page
