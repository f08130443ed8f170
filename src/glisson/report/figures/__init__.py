"""Figures of a report. They take nouns and numbers, and write SVG (curves) or PNG (voxels)."""
