"""score: sums of clinical values that several verbs share."""
