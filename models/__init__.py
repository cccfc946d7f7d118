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
from models.news import NewsStory, StoryTag, Tag
from models.playback import PlaybackPosition
from models.subscriptions import Plan, Subscription, SubscriptionStatus
from models.usage import UsageMetric, UserTotals

__all__ = [
    "AccountToken",
    "AudioAlignment",
    "AudioGeneration",
    "AudioTrack",
    "AuditEntry",
    "GenerationStage",
    "GenerationStatus",
    "MediaAsset",
    "MediaType",
    "NewsStory",
    "Plan",
    "PlaybackPosition",
    "Role",
    "StoryTag",
    "Subscription",
    "SubscriptionStatus",
    "Tag",
    "Throttle",
    "UsageMetric",
    "User",
    "UserTotals",
]
