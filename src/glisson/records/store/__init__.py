"""The store of a registry: append-only entries, encrypted case by case, chained by hashes, in SQLite or PostgreSQL."""

from glisson.records.store.chain import Head
from glisson.records.store.entry import NewEntry, StoredEntry, content_id
from glisson.records.store.registry import Registry
from glisson.records.store.replay import CaseState, replay
from glisson.records.store.verify import Finding, Verified

__all__ = ["CaseState", "Finding", "Head", "NewEntry", "Registry", "StoredEntry", "Verified", "content_id", "replay"]
