"""What an address in an archive must be like."""

import pytest

from services.archive.plausible import is_web


@pytest.mark.parametrize(
    "address",
    [
        'https://e.test/it\'s-here?a=<b>&c="d"',
        "HTTP://e.test/",
        "https://e.test/a b\\c",
        "https://e.test/日本",
    ],
)
def test_what_pages_take_as_an_address_comes_back(address: str):
    assert is_web(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        None,
        7,
        "x",
        "javascript:alert(1)",
        " https://e.test/",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://e.test/\n<script>",
    ],
)
def test_what_is_none_does_not(address: object):
    assert not is_web(address)
