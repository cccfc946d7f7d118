"""Where somebody goes who may not open a page."""

from flask import Flask
from flask.testing import FlaskClient

from extensions import db
from models import User
from tests.conftest import signed_in
from tests.factories import PASSWORD, make_user

HTMX = {"HX-Request": "true"}


def test_many_files_sent_after_the_session_ended_make_one_message(me: FlaskClient, reader: User):
    reader.session_epoch += 1
    db.session.commit()
    for _ in range(5):
        assert me.post("/media/upload", headers=HTMX).status_code == 401
    assert me.get("/login").text.count("You were signed out.") == 1
    assert "You were signed out." not in me.get("/login").text


def test_the_way_back_stays_plain_ascii_in_a_header(client: FlaskClient, app: Flask):
    user = make_user()
    form = {"email": user.email, "password": PASSWORD, "next": "/news/?q=nëws☃"}
    address = "/news/?q=n%C3%ABws%E2%98%83"
    assert client.post("/login", data=form, headers=HTMX).headers["HX-Redirect"] == address
    again = signed_in(app, user).get("/login", query_string={"next": form["next"]}, headers=HTMX)
    assert again.headers["HX-Redirect"] == address
