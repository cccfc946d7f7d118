"""Keep requests to take everything out, or to bring it in.

Going back forgets the requests; `flask storage sweep` then finds the files.

Revision ID: 0013
Revises: 0012
"""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"

FOLDER = Path(__file__).parents[1] / "sql" / "0013"


def upgrade() -> None:
    """Run the numbered files in order."""
    for file in sorted(FOLDER.glob("[0-9]_*.sql")):
        op.get_bind().exec_driver_sql(file.read_text().replace("%", "%%"))


def downgrade() -> None:
    """Drop what was made."""
    op.get_bind().exec_driver_sql((FOLDER / "undo.sql").read_text().replace("%", "%%"))
