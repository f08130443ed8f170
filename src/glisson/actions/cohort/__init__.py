"""A registry as a cohort: its tables, their analysis by protocol, the report."""
