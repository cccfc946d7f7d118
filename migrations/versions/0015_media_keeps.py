"""Let the worker fetch what readers want kept.

Going back forgets what was asked for and is not kept yet; readers can ask again.

Revision ID: 0015
Revises: 0014
"""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"

FOLDER = Path(__file__).parents[1] / "sql" / "0015"


def upgrade() -> None:
    """Run the numbered files in order."""
    for file in sorted(FOLDER.glob("[0-9]_*.sql")):
        op.get_bind().exec_driver_sql(file.read_text().replace("%", "%%"))


def downgrade() -> None:
    """Drop the table."""
    op.get_bind().exec_driver_sql((FOLDER / "undo.sql").read_text())
