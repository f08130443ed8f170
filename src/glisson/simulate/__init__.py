"""simulate: patients made by the program, labelled simulated everywhere."""
