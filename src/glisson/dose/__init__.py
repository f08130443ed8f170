"""dose: what was absorbed, where, with what uncertainty."""
