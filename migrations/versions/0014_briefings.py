"""Give readers a daily briefing.

Going back forgets when readers want one; the briefings that were made stay as narrations.

Revision ID: 0014
Revises: 0013
"""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"

FOLDER = Path(__file__).parents[1] / "sql" / "0014"


def upgrade() -> None:
    """Run the numbered files in order."""
    for file in sorted(FOLDER.glob("[0-9]_*.sql")):
        op.get_bind().exec_driver_sql(file.read_text().replace("%", "%%"))


def downgrade() -> None:
    """Drop the tables."""
    op.get_bind().exec_driver_sql((FOLDER / "undo.sql").read_text())
