"""The head carries the time of its entry and a seal under the registry's keys; one form streams across all cases by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Two columns and an index. The seal stays empty until the next entry is written, since a migration has no keys."""
    op.add_column("registry", sa.Column("head_recorded_at", TEXT))
    op.add_column("registry", sa.Column("head_seal", sa.LargeBinary))
    op.execute(
        sa.text(
            "UPDATE registry SET head_recorded_at = (SELECT recorded_at FROM entries WHERE sequence = registry.head_sequence)"
        )
    )
    op.create_index("entries_form", "entries", ["form", "pseudonym", "sequence"])
