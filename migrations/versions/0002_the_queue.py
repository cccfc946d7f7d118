"""Let the generation history be the worker's queue, and narrations be media of their story.

Tracks that are there already keep their place as the newest take of their story; they get no
media asset, because the next narration of the story brings one. Going back removes the assets
that stand for narrations, and nothing else.

Revision ID: 0002
Revises: 0001
"""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

FOLDER = Path(__file__).parents[1] / "sql" / "0002"


def upgrade() -> None:
    """Run the numbered files in order."""
    for file in sorted(FOLDER.glob("[0-9]_*.sql")):
        op.get_bind().exec_driver_sql(file.read_text().replace("%", "%%"))


def downgrade() -> None:
    """Take the columns back, and the rows that need them."""
    op.get_bind().exec_driver_sql((FOLDER / "undo.sql").read_text().replace("%", "%%"))
