"""What every answer carries."""

from flask.testing import FlaskClient

from tests.factories import PASSWORD, make_user


def test_what_any_cache_may_keep_goes_without_the_session(client: FlaskClient):
    email = make_user().email
    client.post("/login", data={"email": email, "password": PASSWORD, "remember": "y"})
    assert "Set-Cookie" in client.get("/").headers
    for address in ("/static/app.css?v=1", "/static/app.css", "/static/nothing.css"):
        reply = client.get(address)
        assert "Set-Cookie" not in reply.headers
        assert "Cookie" not in reply.headers.get("Vary", "")
    assert client.get("/account").status_code == 200
