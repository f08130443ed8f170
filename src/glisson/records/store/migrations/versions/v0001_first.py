"""The first schema: registry, cases, entries, and triggers that keep the log append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")

SQLITE_GUARDS = (
    "CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END",
    "CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END",
    "CREATE TRIGGER entries_at_the_end BEFORE INSERT ON entries"  # INSERT OR REPLACE would pass the other two
    " WHEN NEW.sequence <= (SELECT max(sequence) FROM entries) OR EXISTS (SELECT 1 FROM entries WHERE id = NEW.id)"
    " OR EXISTS (SELECT 1 FROM entries WHERE replaces = NEW.replaces)"
    " BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END",
    "CREATE TRIGGER cases_no_update BEFORE UPDATE ON cases"
    " WHEN NEW.pseudonym IS NOT OLD.pseudonym OR NEW.site IS NOT OLD.site OR NEW.wrapped_key IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT, 'a case can only lose its key'); END",
    "CREATE TRIGGER cases_no_delete BEFORE DELETE ON cases BEGIN SELECT RAISE(ABORT, 'a case can only lose its key'); END",
    "CREATE TRIGGER cases_no_replace BEFORE INSERT ON cases"
    " WHEN EXISTS (SELECT 1 FROM cases WHERE pseudonym = NEW.pseudonym)"
    " BEGIN SELECT RAISE(ABORT, 'a case can only lose its key'); END",
)

POSTGRESQL_GUARDS = (
    "CREATE FUNCTION glisson_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'entries are append-only'; END $$",
    "CREATE FUNCTION glisson_cases_lose_keys() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF TG_OP = 'UPDATE' AND NEW.pseudonym = OLD.pseudonym AND NEW.site = OLD.site AND NEW.wrapped_key IS NULL"
    " THEN RETURN NEW; END IF;"
    " RAISE EXCEPTION 'a case can only lose its key'; END $$",
    "CREATE TRIGGER entries_guard BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION glisson_entries_append_only()",
    "CREATE TRIGGER entries_guard_all BEFORE TRUNCATE ON entries"
    " FOR EACH STATEMENT EXECUTE FUNCTION glisson_entries_append_only()",
    "CREATE TRIGGER cases_guard BEFORE UPDATE OR DELETE ON cases FOR EACH ROW EXECUTE FUNCTION glisson_cases_lose_keys()",
    "CREATE TRIGGER cases_guard_all BEFORE TRUNCATE ON cases FOR EACH STATEMENT EXECUTE FUNCTION glisson_cases_lose_keys()",
)


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "registry",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("registry", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("head_sequence", sa.BigInteger, nullable=False),
        sa.Column("head_hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "cases",
        sa.Column("pseudonym", TEXT, primary_key=True),
        sa.Column("site", TEXT, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary),
    )
    _entries()
    for statement in POSTGRESQL_GUARDS if op.get_bind().dialect.name == "postgresql" else SQLITE_GUARDS:
        op.execute(sa.text(statement))


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("pseudonym", TEXT, sa.ForeignKey("cases.pseudonym")),
        sa.Column("site", TEXT),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("form", TEXT),
        sa.Column("edition", sa.Integer),
        sa.Column("visit", TEXT),
        sa.Column("instance", sa.Integer, nullable=False),
        sa.Column("at", TEXT),
        sa.Column("recorded_at", TEXT, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("replaces", TEXT),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary, nullable=False),
        sa.Column("previous_hash", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_index("entries_id", "entries", ["id"], unique=True)
    op.create_index("entries_case", "entries", ["pseudonym", "sequence"])
    replaced = sa.text("replaces IS NOT NULL")
    op.create_index("entries_replaces", "entries", ["replaces"], unique=True, sqlite_where=replaced, postgresql_where=replaced)
