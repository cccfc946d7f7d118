"""Count sources and tags among what an account holds.

Going back loses nothing.

Revision ID: 0016
Revises: 0015
"""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"

FOLDER = Path(__file__).parents[1] / "sql" / "0016"


def upgrade() -> None:
    """Run the numbered files in order."""
    for file in sorted(FOLDER.glob("[0-9]_*.sql")):
        op.get_bind().exec_driver_sql(file.read_text().replace("%", "%%"))


def downgrade() -> None:
    """Count as before."""
    op.get_bind().exec_driver_sql((FOLDER / "undo.sql").read_text())
