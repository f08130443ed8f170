"""Who may do what with whose cases: roles bound to sites, passwords, and an audit of every read and write."""

from glisson.records.access.people import People, User
from glisson.records.access.roles import ALLOWED, Action, Grant, Role
from glisson.records.access.session import Session

__all__ = ["ALLOWED", "Action", "Grant", "People", "Role", "Session", "User"]
