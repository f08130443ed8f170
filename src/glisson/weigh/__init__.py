"""weigh: which options are open to this person, which are closed, what is missing, and who says so."""
