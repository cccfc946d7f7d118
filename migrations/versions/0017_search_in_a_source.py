"""Let a search stay within the stories of a source.

Going back loses nothing.

Revision ID: 0017
Revises: 0016
"""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"

FOLDER = Path(__file__).parents[1] / "sql" / "0017"


def upgrade() -> None:
    """Run the numbered files in order."""
    for file in sorted(FOLDER.glob("[0-9]_*.sql")):
        op.get_bind().exec_driver_sql(file.read_text().replace("%", "%%"))


def downgrade() -> None:
    """Let a search leave the source."""
    undo = (FOLDER / "undo.sql").read_text()
    op.get_bind().exec_driver_sql(undo.replace("%", "%%"))
