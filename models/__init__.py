"""Tables, constraints, nothing else."""

from models.accounts import AccountToken, Role, Throttle, User
from models.audio import (
    AudioAlignment,
    AudioGeneration,
    AudioTrack,
    GenerationStage,
    GenerationStatus,
)
from models.audit import AuditEntry
from models.media import MediaAsset, MediaType
from models.news import NewsStory
from models.playback import PlaybackPosition
from models.sources import FetchHost, Source, SourceEntry, SourceState
from models.subscriptions import Plan, Subscription, SubscriptionStatus
from models.usage import UsageMetric, UserTotals

__all__ = [
    "AccountToken",
    "AudioAlignment",
    "AudioGeneration",
    "AudioTrack",
    "AuditEntry",
    "FetchHost",
    "GenerationStage",
    "GenerationStatus",
    "MediaAsset",
    "MediaType",
    "NewsStory",
    "Plan",
    "PlaybackPosition",
    "Role",
    "Source",
    "SourceEntry",
    "SourceState",
    "Subscription",
    "SubscriptionStatus",
    "Throttle",
    "UsageMetric",
    "User",
    "UserTotals",
]
