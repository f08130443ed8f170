"""cli: the command line, thin over actions."""
