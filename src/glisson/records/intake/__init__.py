"""What comes in from files: entries with the rows they came from, checked and stored together, and a report of everything else."""

from glisson.records.intake.cells import read_cell, write_cell
from glisson.records.intake.incoming import Incoming, Read, Remark, value_class
from glisson.records.intake.take_in import ImportReport, Source, take_in

__all__ = ["ImportReport", "Incoming", "Read", "Remark", "Source", "read_cell", "take_in", "value_class", "write_cell"]
