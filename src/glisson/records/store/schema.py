"""Tables of the newest schema. The migrations build them; a test keeps both the same."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

REVISIONS = ("0001", "0002")
"""Every schema that this program knows, oldest first."""

Text = String().with_variant(String(collation="C"), "postgresql")
"""Text that both databases order by its bytes."""

metadata = MetaData()

registry = Table(
    "registry",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("registry", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("head_sequence", BigInteger, nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
    Column("head_recorded_at", Text),
    Column("head_seal", LargeBinary),
)
"""One row: which registry this is, and the head of its log. Writers lock it."""

cases = Table(
    "cases",
    metadata,
    Column("pseudonym", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("wrapped_key", LargeBinary),
)
"""One row per case. The wrapped key is gone once the case is erased."""

entries = Table(
    "entries",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("pseudonym", Text, ForeignKey("cases.pseudonym")),
    Column("site", Text),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("form", Text),
    Column("edition", Integer),
    Column("visit", Text),
    Column("instance", Integer, nullable=False),
    Column("at", Text),
    Column("recorded_at", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("replaces", Text),
    Column("nonce", LargeBinary, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
"""The log, in the order of :class:`glisson.records.store.chain.Record`. Triggers refuse every change of a row."""

Index("entries_id", entries.c.id, unique=True)
Index("entries_case", entries.c.pseudonym, entries.c.sequence)
Index(
    "entries_replaces",
    entries.c.replaces,
    unique=True,
    sqlite_where=entries.c.replaces.is_not(None),
    postgresql_where=entries.c.replaces.is_not(None),
)
Index("entries_form", entries.c.form, entries.c.pseudonym, entries.c.sequence)
