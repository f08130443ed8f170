"""records: the case folder."""
