"""Give readers a private podcast of their narrations.

Going back ends every podcast address.

Revision ID: 0012
Revises: 0011
"""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"

FOLDER = Path(__file__).parents[1] / "sql" / "0012"


def upgrade() -> None:
    """Run the numbered files in order."""
    for file in sorted(FOLDER.glob("[0-9]_*.sql")):
        op.get_bind().exec_driver_sql(file.read_text().replace("%", "%%"))


def downgrade() -> None:
    """Drop what was made."""
    op.get_bind().exec_driver_sql((FOLDER / "undo.sql").read_text().replace("%", "%%"))
