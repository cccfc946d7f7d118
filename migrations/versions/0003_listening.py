"""Keep on the server where each reader stands in each narration.

Going back forgets all places; browsers still know their own.

Revision ID: 0003
Revises: 0002
"""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"

FOLDER = Path(__file__).parents[1] / "sql" / "0003"


def upgrade() -> None:
    """Run the numbered files in order."""
    for file in sorted(FOLDER.glob("[0-9]_*.sql")):
        op.get_bind().exec_driver_sql(file.read_text().replace("%", "%%"))


def downgrade() -> None:
    """Drop the table."""
    op.get_bind().exec_driver_sql((FOLDER / "undo.sql").read_text().replace("%", "%%"))
