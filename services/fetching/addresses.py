"""Which addresses may be fetched: web addresses of hosts on the public internet.

What an address means is decided here once, and the connection is made to what was decided,
so that nothing further down can read it another way.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Self
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import idna

from services.fetching.errors import BadAddress

IPAddress = IPv4Address | IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST = 4000
DEFAULT_PORTS = {"http": 80, "https": 443}
_LOW_PORTS = {80, 81, 443, 591}
_OTHER_SERVICES = {
    *(1433, 1521, 1719, 1720, 1723, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 3659),
    *(4045, 4190, 4369, 5060, 5061, 5432, 5671, 5672, 5984, 6000, 6379, 6443, 6566, 6665),
    *(6666, 6667, 6668, 6669, 6679, 6697, 8500, 9000, 9042, 9092, 9200, 9300, 10080, 10250),
    *(11211, 15672, 27017, 27018, 50000, 50070),
}
"""Ports from 1024 on where something else than a web site listens."""

# The registries of special addresses, written out: what the standard library counts as global
# has changed from version to version.
_PRIVATE: tuple[Network, ...] = tuple(
    ipaddress.ip_network(one)
    for one in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        # Of the new addresses only 2000::/3 is given out; these parts of it are special.
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "3ffe::/16"),
    )
)
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
# A cloud's own services may sit on a public-looking address of their own.
_METADATA = {ipaddress.ip_address("168.63.129.16")}

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_SPACES = re.compile(r"[\x00-\x20\x7f\u0085\u00a0\u2028\u2029]")


def is_public(address: IPAddress) -> bool:
    """Say whether an address belongs to a host on the public internet.

    Addresses that carry another one inside (IPv4-mapped, NAT64, 6to4, Teredo) count as private:
    where they lead is decided by somebody else's router.
    """
    if address in _METADATA:
        return False
    if isinstance(address, IPv6Address) and address not in _GIVEN_OUT:
        return False
    return not any(address in network for network in _PRIVATE if network.version == address.version)


@dataclass(frozen=True, slots=True)
class Target:
    """A web address, taken apart once: what is asked for, and of whom."""

    scheme: str
    host: str
    """In lower case, ASCII, without a dot at the end; an IPv6 address without brackets."""
    port: int
    path: str
    """Path and query, percent-encoded."""

    @classmethod
    def of(cls, address: str) -> Self:
        """Take an address apart.

        Raises:
            BadAddress: it is none, or not one that is fetched.
        """
        text = address.strip()
        if len(text) > LONGEST:
            raise BadAddress("This address is too long to be one.")
        if "\\" in text or _SPACES.search(text):
            raise BadAddress("This address has characters in it that no address has.")
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise BadAddress("This is not a web address.") from None
        scheme = parts.scheme.lower()
        if scheme not in DEFAULT_PORTS:
            raise BadAddress("Only addresses that start with http:// or https:// are fetched.")
        if "@" in parts.netloc:
            raise BadAddress("Addresses with a user name or password in them are not fetched.")
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        if parts.query:
            path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
        return cls(scheme, _host(host), DEFAULT_PORTS[scheme] if port is None else port, path)

    def join(self, location: str) -> "Target":
        """Return where a redirect leads.

        Raises:
            BadAddress: to nothing that is fetched.
        """
        try:
            return Target.of(urljoin(self.url, location.strip()))
        except ValueError:
            raise BadAddress("This is not a web address.") from None

    @property
    def literal(self) -> IPAddress | None:
        """Return the host as a numeric address, or None when it is a name."""
        return _numeric(self.host)

    @property
    def authority(self) -> str:
        """Return host and port as they stand in an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Return the whole address in its plain spelling."""
        path, _, query = self.path.partition("?")
        return urlunsplit((self.scheme, self.authority, path, query, ""))


@dataclass(frozen=True, slots=True)
class Allowed:
    """Private hosts that may be fetched all the same: FETCH_ALLOWED_HOSTS."""

    names: frozenset[str] = frozenset()
    places: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, setting: str) -> Self:
        """Read hosts, host:port and networks in CIDR form, between commas or spaces.

        Raises:
            ValueError: names what can't be read.
        """
        names, places, networks = set(), set(), []
        for entry in re.split(r"[,\s]+", setting.strip().lower()):
            if not entry:
                continue
            try:
                networks.append(ipaddress.ip_network(re.sub(r"[\[\]]", "", entry), strict=False))
                continue
            except ValueError:
                pass
            try:
                parts = urlsplit(f"//{entry}")
                host, port = _host(parts.hostname or ""), parts.port
            except (ValueError, BadAddress):
                raise ValueError(f"{entry} is no host, host:port or network") from None
            if parts.path or parts.query:
                raise ValueError(f"{entry} is no host, host:port or network")
            if port is None:
                names.add(host)
            else:
                places.add((host, port))
        return cls(frozenset(names), frozenset(places), tuple(networks))

    def named(self, target: Target) -> bool:
        """Say whether the operator named this host, whatever its address."""
        return target.host in self.names or (target.host, target.port) in self.places

    def within(self, address: IPAddress) -> bool:
        """Say whether the operator named a network that this address is in."""
        return any(address in one for one in self.networks if one.version == address.version)

    def may_reach(self, target: Target, found: Iterable[IPAddress]) -> bool:
        """Say whether every address that was found for a host may be connected to."""
        return self.named(target) or all(is_public(one) or self.within(one) for one in found)

    def may_use_port(self, target: Target) -> bool:
        """Say whether a web site may be expected on that port."""
        port = target.port
        literal = target.literal
        if self.named(target) or (literal is not None and self.within(literal)):
            return 0 < port < 65536
        return port in _LOW_PORTS or (1024 <= port < 65536 and port not in _OTHER_SERVICES)


def _host(host: str) -> str:
    """Return a host in the one spelling that is resolved, compared and asked for."""
    if ":" in host:
        if "%" in host:  # the scope of a link-local address
            raise BadAddress("This is not a web address.")
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise BadAddress("This is not a web address.") from None
    try:
        plain = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise BadAddress("This is not the name of a site.") from None
    plain = plain.lower().removesuffix(".")
    labels = plain.split(".")
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddress("This is not the name of a site.")
    # 2130706433, 0x7f.1 and 0177.0.0.1 are ways to write 127.0.0.1 that only some programs read.
    if _NUMBER.fullmatch(labels[-1]) and _numeric(plain) is None:
        raise BadAddress("This is not the name of a site.")
    return plain


def _numeric(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
