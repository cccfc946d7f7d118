"""What a reader meets first: the latest stories, and what they hold."""

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask_login import current_user, login_required

from blueprints.narrating import open_panel
from blueprints.usage.spark import two_weeks
from presentation import reader_zone
from queries import media as media_queries
from queries import news as news_queries
from queries import playback as playback_queries
from queries import totals as totals_queries
from services import clock, plans

bp = Blueprint("dashboard", __name__)


@bp.get("/")
@login_required
def index() -> str:
    """Show the latest ten stories with their media, the totals, and what is being narrated."""
    now = clock.to_local(datetime.now(UTC), reader_zone())
    return render_template(
        "dashboard/index.html",
        greeting=clock.greeting(now.hour),
        today=now.date(),
        stories=news_queries.latest_news(current_user.id),
        totals=totals_queries.totals_of(current_user.id),
        allowance=plans.allowance_of(current_user.id),
        recent_sounds=media_queries.library(current_user.id, type="audio", limit=3),
        resume=next(iter(playback_queries.in_progress(current_user.id)), None),
        lately=two_weeks(current_user.id),
        **open_panel(current_user.id),
    )
