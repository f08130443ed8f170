"""Our cohort: survival, competing risks, tables and figures of the patients in a registry."""
