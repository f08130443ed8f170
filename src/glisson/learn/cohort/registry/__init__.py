"""The results section of a registry paper: an analysis protocol, applied to the tables of a registry."""
