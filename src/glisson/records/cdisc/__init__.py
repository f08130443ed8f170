"""CDISC tables in and out."""
