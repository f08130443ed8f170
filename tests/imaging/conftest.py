"""Makes the DICOM writers in ``dicom_files.py`` importable, and a small volume to write."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
