"""Puts the reader of the bank on the path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
