"""glisson: liver-directed cancer therapy on one record, the Case.

Research software, not a medical device. Import what you need from the package that owns it,
for example ``from glisson.dose import kernel`` or ``from glisson.actions import dose_case``.
"""

__version__ = "0.1.0"
