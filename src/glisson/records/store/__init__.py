"""The store of a registry: append-only entries, encrypted case by case, chained by hashes, in SQLite or PostgreSQL."""

from glisson.records.store.backup import HeadFile, read_head
from glisson.records.store.chain import Head
from glisson.records.store.entry import OWN_ACTS, NewEntry, StoredEntry, content_id
from glisson.records.store.keys import Keys, read_keys
from glisson.records.store.registry import Registry
from glisson.records.store.replay import CaseState, replay
from glisson.records.store.restore import migrate_registry
from glisson.records.store.verify import Finding, Verified

__all__ = [
    "OWN_ACTS",
    "CaseState",
    "Finding",
    "Head",
    "HeadFile",
    "Keys",
    "NewEntry",
    "Registry",
    "StoredEntry",
    "Verified",
    "content_id",
    "migrate_registry",
    "read_head",
    "read_keys",
    "replay",
]
