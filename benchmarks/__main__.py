"""All benchmarks: ``python -m benchmarks``."""

from benchmarks import kernel_engine

kernel_engine.main([])
