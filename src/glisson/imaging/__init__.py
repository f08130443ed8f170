"""imaging: DICOM, NIfTI and NRRD in; RTDOSE, SEG, SR, RTSTRUCT, NIfTI out; registration."""
