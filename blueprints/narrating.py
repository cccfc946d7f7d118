"""What pages show of narrations under way: the same fragments for the story, lists and home."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.rendering import wants_fragment
from models import GenerationStatus
from queries import generations as generation_queries
from queries import media as media_queries
from queries import news as news_queries
from queries import takes as take_queries
from queries.generations import Generation
from queries.news import Story
from queries.takes import Take
from services import narration, narration_cost, plans
from services.narration import Asked
from services.plans import Cost

PANEL = 4
"""Narrations under way that the front page names."""
AGAIN = "You have this narration already, so nothing was spent. The story plays it now."


@dataclass(frozen=True, slots=True)
class Narrations:
    """All that a story's page says of its narrations."""

    takes: list[Take]
    """The first one is the one that plays."""
    under_way: list[Generation]
    """What waits or is worked on, the newest first."""
    failed: Generation | None
    """The latest attempt, if it failed and was not stopped by its reader."""
    stale: bool
    """The story was changed since the take was asked for."""
    cost: Cost | None
    """What the button on the page would spend; None where there is none."""

    @property
    def take(self) -> Take | None:
        """Return the take that plays."""
        return self.takes[0] if self.takes else None


def narrations_of(user_id: UUID, story: Story) -> Narrations:
    """Collect what a story's page says of its narrations."""
    takes = take_queries.takes_of(user_id, story.id)
    attempts = generation_queries.of_story(user_id, story.id)
    latest = attempts[0] if attempts else None
    failed = latest and latest.status is GenerationStatus.FAILED and not latest.is_cancelled
    under_way = [attempt for attempt in attempts if attempt.is_open]
    offered = not under_way and not (takes and takes[0].stored)
    return Narrations(
        takes,
        under_way,
        latest if failed else None,
        bool(takes) and narration.is_stale(story, takes[0].source, takes[0].source_at),
        _cost(user_id, story, latest if failed else None) if offered else None,
    )


def _cost(user_id: UUID, story: Story, failed: Generation | None) -> Cost | None:
    """Return what the button spends: on the story's words, or once more on those that failed."""
    if failed:
        return plans.cost_of(user_id, failed.characters)
    return narration_cost.of_story(user_id, story) if story.content else None


def open_panel(user_id: UUID) -> dict[str, Any]:
    """Return what the front page's panel of narrations under way needs."""
    return {
        "under_way": generation_queries.open_generations(user_id, PANEL),
        "more": max(0, generation_queries.count_open(user_id) - PANEL),
    }


def answer_asked(asked: Asked, story: Story) -> Response:
    """Answer a wish to have a story read: the fragment that changed, or the story's page."""
    note = AGAIN if asked.track_id else None
    if not wants_fragment():
        flash(note or "The story is being read aloud.", "success")
        return redirect(url_for("news.show", news_id=story.id), 303)
    return fragment_of(story, note)


def fragment_of(story: Story, note: str | None = None) -> Response:
    """Render the part of the page that asks, named by `as` in the address, as it is now."""
    if request.args.get("as") == "chip":
        return changed(_chip(story))
    known = narrations_of(current_user.id, story)
    if request.args.get("as") == "progress":
        if known.under_way:
            return changed(
                render_template("news/_narration_progress.html", story=story, narration=known)
            )
        response = changed(_region(story, known, note))
        response.headers["HX-Retarget"] = "#narration"
        return response
    return changed(_region(story, known, note))


def row_of(generation: Generation) -> Response:
    """Render one row of the history of narrations."""
    return changed(render_template("audio/_generation.html", generation=generation))


def panel() -> Response:
    """Render the front page's panel."""
    return changed(render_template("dashboard/_narrating.html", **open_panel(current_user.id)))


def changed(html: str) -> Response:
    """Return a fragment; after a change, others on the page that show the same are told."""
    response: Response = make_response(html)
    if request.method == "POST":
        response.headers["HX-Trigger"] = "earshot:narrating"
    return response


def _region(story: Story, known: Narrations, note: str | None) -> str:
    assets = media_queries.of_story(current_user.id, story.id)
    return render_template(
        "news/_narration.html",
        story=story,
        narration=known,
        images=[one for one in assets if one.can_be_shown],
        sounds=[one for one in assets if one.can_be_played],
        note=note,
        announced=True,
    )


def _chip(story: Story) -> str:
    row = news_queries.find_row(current_user.id, story.id)
    return render_template("news/_narration_chip.html", row=row)
