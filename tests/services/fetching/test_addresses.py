import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetching.addresses import Allowed, Target, is_public
from services.fetching.errors import BadAddress, FetchError

PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1"),
    *("172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255"),
    *("192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe", "::127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:53aa:64c::1"),
    *("2001:db8::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1"),
    *("3fff::1", "5f00::1", "4000::1"),
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700::1111"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address: str):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are(address: str):
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_nothing_counts_as_public_that_python_calls_private_or_special(address):
    if is_public(address):
        assert not address.is_loopback
        assert not address.is_private
        assert not address.is_link_local
        assert not address.is_multicast
        assert not address.is_unspecified


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("https://example.org:443/a?b=c#d", "https://example.org/a?b=c"),
        ("https://example.org./", "https://example.org/"),
        ("http://bücher.example/ä?ö=ü", "http://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("http://EXAMPLE.org/%7Eme", "http://example.org/%7Eme"),
        ("http://１２７.０.０.１/", "http://127.0.0.1/"),
        ("http://127。0。0。1/", "http://127.0.0.1/"),
        ("http://[::FFFF:7f00:1]/", "http://[::ffff:7f00:1]/"),
        ("http://[0:0::1]:8080/", "http://[::1]:8080/"),
        ("  https://example.org/feed.xml  ", "https://example.org/feed.xml"),
    ],
)
def test_an_address_has_one_plain_spelling(typed: str, means: str):
    assert Target.of(typed).url.replace("::ffff:127.0.0.1", "::ffff:7f00:1") == means


@pytest.mark.parametrize(
    "typed",
    [
        *("", "example.org", "//example.org/", "/feed", "file:///etc/passwd", "ftp://example.org/"),
        *("gopher://example.org/", "javascript:alert(1)", "data:text/html,x", "feed:https://x"),
        *("http://", "http:///x", "http://.", "http://..", "http://a..b/", "http://-a.b/"),
        # Other ways to write 127.0.0.1
        *("http://2130706433/", "http://0x7f000001/", "http://017700000001/", "http://127.1/"),
        *("http://0177.0.0.1/", "http://0x7f.0.0.1/", "http://127.0.0.0x1/", "http://127.0.1/"),
        *("http://127.0.0.1.1/", "http://999.1.1.1/", "http://0x/", "http://127.0.0.01/"),
        # Who is asked: two programs read these two ways
        *("http://example.org@127.0.0.1/", "http://user:pass@example.org/", "http://@example.org"),
        *("http://example.org\\@127.0.0.1/", "http://127.0.0.1\t.example.org/", "http://a b/"),
        *("http://example.org%00.evil.test/", "http://%31%32%37.0.0.1/", "http://exa%6dple.org/"),
        *("http://[::1", "http://::1/", "http://[fe80::1%25eth0]/", "http://[127.0.0.1]/"),
        *("http://example.org:0x50/", "http://example.org:99999/", "http://example.org:-1/"),
        *("http://example.org/a\r\nHost: evil", "http://a\u2028b.example/", "http://" + "a" * 5000),
        *("http://\u202e.example/", "http://a_b.c*d/"),
    ],
)
def test_what_is_no_plain_web_address_is_refused_in_words(typed: str):
    with pytest.raises(BadAddress) as caught:
        Target.of(typed)
    assert str(caught.value).endswith(".")


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused_and_its_spelling_stays(typed: str):
    for text in (typed, f"http://{typed}", f"http://example.org/{typed}"):
        try:
            target = Target.of(text)
        except FetchError:
            continue
        assert Target.of(target.url) == target
        assert target.url.isascii()


def test_the_operator_names_hosts_ports_and_networks():
    allowed = Allowed.parse("intranet.test, 10.1.2.3:8080 192.168.0.0/16,[fd00::]/8, Bücher.test")
    ten, home = ipaddress.ip_address("10.1.2.3"), ipaddress.ip_address("192.168.7.7")
    assert allowed.may_reach(Target.of("http://intranet.test:99/"), [ten])
    assert allowed.may_reach(Target.of("http://10.1.2.3:8080/"), [ten])
    assert not allowed.may_reach(Target.of("http://10.1.2.3/"), [ten])
    assert allowed.may_reach(Target.of("http://whatever.test/"), [home])
    assert not allowed.may_reach(Target.of("http://whatever.test/"), [home, ten])
    assert allowed.may_reach(Target.of("http://[fd00::5]/"), [ipaddress.ip_address("fd00::5")])
    assert allowed.named(Target.of("http://xn--bcher-kva.test/"))


@pytest.mark.parametrize("setting", ["http://a.test", "a.test/path", "a b/c", "x:99999", "1.2.3"])
def test_what_the_operator_cannot_mean_is_named(setting: str):
    with pytest.raises(ValueError, match="is no host"):
        Allowed.parse(setting)


def test_ports_of_other_services_are_not_asked():
    allowed = Allowed.parse("mail.test:25")
    for port in (80, 443, 8080, 8443, 3000):
        assert allowed.may_use_port(Target.of(f"http://a.test:{port}/"))
    for port in (0, 22, 25, 53, 110, 465, 3306, 5432, 6379, 6667, 9200, 11211):
        assert not allowed.may_use_port(Target.of(f"http://a.test:{port}/"))
    assert allowed.may_use_port(Target.of("http://mail.test:25/"))
