"""`flask storage sweep` from start to end."""

import os
import time

import pytest

from services.storage import MEDIA, connect, new_key, open_storage
from tests.factories import make_asset, make_user

TEXT = "text/plain"


@pytest.fixture
def storage(app, transaction, make_settings):
    """Give the app an empty folder for this test."""
    before = app.extensions.pop("storage", None)
    app.extensions["storage"] = connect(make_settings())
    yield open_storage()
    app.extensions["storage"] = before or app.extensions["storage"]


def sweep(app, *options):
    return app.test_cli_runner().invoke(args=["storage", "sweep", *options])


def put(storage, hours_ago=0):
    key = new_key(MEDIA, "bin")
    storage.put(key, b"x" * 2000, TEXT)
    then = time.time() - hours_ago * 3600
    os.utime(storage._path(key), (then, then))
    return key


def test_the_sweep_says_what_it_removed(app, storage):
    make_asset(make_user(), storage_key=put(storage, 30))
    orphan, young = put(storage, 30), put(storage, 20)

    result = sweep(app)

    assert result.exit_code == 0, result.output
    assert result.output == (
        f"removed {orphan}\nremoved 1 files (2 kB) and 0 unfinished uploads; 0 files are missing\n"
    )
    assert storage.exists(young)
    assert not storage.exists(orphan)


def test_a_trial_run_only_says_so(app, storage):
    make_asset(make_user(), storage_key=put(storage))
    orphan = put(storage, 3)

    result = sweep(app, "--dry-run", "--older-than", "2")

    assert f"would remove {orphan}" in result.output
    assert storage.exists(orphan)


def test_a_missing_file_ends_with_status_1(app, storage):
    lost = new_key(MEDIA)
    make_asset(make_user(), storage_key=lost)

    result = sweep(app)

    assert result.exit_code == 1
    assert f"missing {lost}" in result.output


def test_a_database_without_rows_is_refused_in_words(app, storage):
    put(storage, 30)

    result = sweep(app)

    assert result.exit_code == 1
    assert "right database" in result.output
