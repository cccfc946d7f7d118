"""Everyone, for admins: the table, each person's page, invitations and deleting."""

from blueprints.users import actions, deletion, invitations, views
from blueprints.users.blueprint import bp

__all__ = ["actions", "bp", "deletion", "invitations", "views"]
