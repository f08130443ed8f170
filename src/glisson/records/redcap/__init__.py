"""REDCap both ways: the data dictionary, data with events and repeating instruments, and its API."""

from glisson.records.redcap.compare import Difference, compare_dictionary
from glisson.records.redcap.data_in import read_redcap
from glisson.records.redcap.data_out import RedcapFiles, redcap_files
from glisson.records.redcap.dictionary import dictionary_csv

__all__ = ["Difference", "RedcapFiles", "compare_dictionary", "dictionary_csv", "read_redcap", "redcap_files"]
