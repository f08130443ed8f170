"""learn: what all our cases say, next to what is published."""
