"""Keep what was read, starred and archived, and the tags of stories.

Stories that were heard to the end count as read, all others as unread. Going back forgets states
and tags; the stories stay.

Revision ID: 0010
Revises: 0009
"""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"

FOLDER = Path(__file__).parents[1] / "sql" / "0010"


def upgrade() -> None:
    """Run the numbered files in order."""
    for file in sorted(FOLDER.glob("[0-9]_*.sql")):
        op.get_bind().exec_driver_sql(file.read_text().replace("%", "%%"))


def downgrade() -> None:
    """Drop what was made, and put the search and the trigger back."""
    op.get_bind().exec_driver_sql((FOLDER / "undo.sql").read_text().replace("%", "%%"))
