"""The setting that says what plans allow."""

import pytest

from allowances import BUILT_IN, parse
from config import ConfigError, Settings


def test_what_is_not_named_stays_as_it_is_built_in():
    limits = parse('{"free": {"stories": 100, "characters": null}, "enterprise": {"sources": 0}}')

    assert limits["free"].stories == 100
    assert limits["free"].characters is None
    assert limits["free"].storage_bytes == BUILT_IN["free"].storage_bytes == 20_000_000_000
    assert limits["pro"] == BUILT_IN["pro"]
    assert limits["enterprise"].sources == 0
    assert limits["enterprise"].stories is None


def test_without_the_setting_paid_plans_allow_ten_times_as_much_and_enterprise_everything():
    limits = parse("")

    assert limits["pro"].characters == 10 * limits["free"].characters == 100_000_000
    assert {limits["enterprise"].stories, limits["enterprise"].api_calls} == {None}


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("100", "must be JSON such as"),
        ("{free: 100}", "must be JSON such as"),
        ('{"gold": {}}', "there is no “gold”"),
        ('{"free": 100}', "wants limits for “free”"),
        ('{"free": {"storys": 1}}', "there is no “storys”"),
        ('{"free": {"stories": -1}}', "a whole number from 0 on"),
        ('{"free": {"stories": 1.5}}', "a whole number from 0 on"),
        ('{"free": {"stories": true}}', "free.stories"),
        ('{"pro": {"stories": "many"}}', "or null for no limit, as pro.stories"),
    ],
)
def test_what_makes_no_sense_is_named_in_plain_words_at_the_start(monkeypatch, setting, words):
    monkeypatch.setenv("PLAN_LIMITS", setting)

    with pytest.raises(ConfigError, match="PLAN_LIMITS") as refused:
        Settings.from_environment()
    assert words in str(refused.value)


def test_retention_may_be_for_ever_but_not_negative(monkeypatch):
    monkeypatch.setenv("USAGE_RETENTION_MONTHS", "0")
    assert Settings.from_environment().usage_retention_months == 0
    monkeypatch.setenv("AUDIT_RETENTION_DAYS", "-1")
    with pytest.raises(ConfigError, match="AUDIT_RETENTION_DAYS"):
        Settings.from_environment()
