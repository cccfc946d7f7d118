"""One spelling for the many addresses of one article."""

import hashlib
import re
from urllib.parse import unquote, urlsplit, urlunsplit

from services.html_tree import web_address

_TRACKING = re.compile(
    r"(utm_|mc_|pk_|mtm_|hsa_|oly_|vero_|wt_|at_|ns_|_hs)\w*|"
    r"(fbclid|gclid|dclid|gclsrc|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|"
    r"mkt_tok|cmpid|ncid|ocid|sr_share|spm|smid|smtyp|ref_src|ref_url|ref|cmp|feature|xtor|"
    r"__twitter_impression|guccounter|guce_referrer\w*|trk|trkcampaign|share|soc_src|soc_trk)",
    re.IGNORECASE,
)
_TELLING = re.compile(r"(utm_|mc_|pk_|mtm_|hsa_|oly_|vero_)\w*|\w*clid|xtor|mkt_tok|igshid|cmpid")
_WHOLE_PAGE = re.compile(r"top|start|content|main|comments?|respond|more(-\d+)?|rss", re.IGNORECASE)
"""Places that are no part of what a page says."""


def canonical(address: str | None, base: str = "") -> str | None:
    """Return the address without what only tells how somebody came there; None if it is none.

    Where it leads stays the same: http stays http, www stays, other parameters keep their order.
    """
    full = web_address(address or "", base, {"http", "https"})
    if full is None:
        return None
    parts = urlsplit(full)
    try:
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if ":" in host:
        host = f"[{host}]"
    if port and port != {"http": 80, "https": 443}[parts.scheme]:
        host = f"{host}:{port}"
    kept = [pair for pair in parts.query.split("&") if pair and not _is_tracking(pair)]
    path = parts.path or "/"
    # Some pages have their places, and whole pages, behind a number sign; diaries and lists of
    # changes have each entry there.
    whole = _WHOLE_PAGE.fullmatch(parts.fragment)
    told = all(map(_is_tracking, parts.fragment.split("&")))
    fragment = "" if whole or told else parts.fragment
    return urlunsplit((parts.scheme, host, path, "&".join(kept), fragment))


def digest_of_address(address: str) -> str:
    """Return a digest that is the same for two spellings of one article's address."""
    plain = canonical(address) or address
    parts = urlsplit(plain)
    host = parts.netloc.lower().removeprefix("www.").removeprefix("m.").removeprefix("amp.")
    path = unquote(parts.path).rstrip("/").removesuffix("/amp").removesuffix("/index.html")
    return digest(f"{host}{path}?{'&'.join(sorted(parts.query.split('&')))}#{parts.fragment}")


def spellings(address: str) -> list[str]:
    """Return an address and the usual other ways in which it may have been kept."""
    plain = canonical(address)
    if plain is None:
        return [address]
    parts = urlsplit(plain)
    bare = parts.netloc.removeprefix("www.")
    path = parts.path.rstrip("/")
    found = [
        urlunsplit((scheme, host, way, parts.query, parts.fragment))
        for scheme in ("https", "http")
        for host in (bare, f"www.{bare}")
        for way in (path, f"{path}/")
    ]
    return list(dict.fromkeys([address, *found]))


def digest(text: str) -> str:
    """Return a short fingerprint of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _is_tracking(pair: str) -> bool:
    name = unquote(pair.partition("=")[0])
    return bool(_TELLING.fullmatch(name) or _TRACKING.fullmatch(name))
