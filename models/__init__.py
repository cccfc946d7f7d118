"""Tables, constraints, nothing else."""

from models.accounts import AccountToken, Role, Throttle, User
from models.archives import Archive, ArchiveKind, ArchiveStatus
from models.audio import (
    AudioAlignment,
    AudioGeneration,
    AudioTrack,
    GenerationStage,
    GenerationStatus,
)
from models.audit import AuditEntry
from models.briefings import Briefing, BriefingPlan, BriefingState
from models.keeps import KeepState, MediaKeep
from models.media import MediaAsset, MediaType
from models.news import NewsStory, StoryTag, Tag
from models.objects import AbandonedObject
from models.playback import PlaybackPosition
from models.podcasts import PodcastFeed
from models.programs import ApiToken, IdempotencyKey, TokenScope
from models.sources import FetchHost, Source, SourceEntry, SourceState
from models.subscriptions import (
    Plan,
    Subscription,
    SubscriptionImport,
    SubscriptionState,
    SubscriptionStatus,
)
from models.usage import Resource, UsageCounter, UsageDay, UsageMetric, UsageSummary, UserTotals

__all__ = [
    "AbandonedObject",
    "AccountToken",
    "ApiToken",
    "Archive",
    "ArchiveKind",
    "ArchiveStatus",
    "AudioAlignment",
    "AudioGeneration",
    "AudioTrack",
    "AuditEntry",
    "Briefing",
    "BriefingPlan",
    "BriefingState",
    "FetchHost",
    "GenerationStage",
    "GenerationStatus",
    "IdempotencyKey",
    "KeepState",
    "MediaAsset",
    "MediaKeep",
    "MediaType",
    "NewsStory",
    "Plan",
    "PlaybackPosition",
    "PodcastFeed",
    "Resource",
    "Role",
    "Source",
    "SourceEntry",
    "SourceState",
    "StoryTag",
    "Subscription",
    "SubscriptionImport",
    "SubscriptionState",
    "SubscriptionStatus",
    "Tag",
    "Throttle",
    "TokenScope",
    "UsageCounter",
    "UsageDay",
    "UsageMetric",
    "UsageSummary",
    "User",
    "UserTotals",
]
