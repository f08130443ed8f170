"""cli: the command line, thin over actions. Heavy libraries are imported inside commands only."""
