"""The private podcast: a secret address per reader, and the feed that is found there."""

from services.podcasts.addresses import LIVES, Addresses, create, look_up, renew, revoke
from services.podcasts.feed import Channel, render

__all__ = ["LIVES", "Addresses", "Channel", "create", "look_up", "render", "renew", "revoke"]
