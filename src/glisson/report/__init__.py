"""report: tables, figures, HTML and PDF from Results."""
