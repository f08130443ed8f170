"""actions: one function per thing a user can do. Load, compute, record."""
