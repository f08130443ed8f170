"""All benchmarks: ``python -m benchmarks``."""

from benchmarks import command_line, kernel_engine, main_job, montecarlo

kernel_engine.main([])
main_job.main()
command_line.main()
montecarlo.main()
