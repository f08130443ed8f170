"""The bench: ``python -m benchmarks`` or ``make bench`` writes every table and figure of the engines again.

python -m benchmarks                     all of it
python -m benchmarks accuracy            point source, spheres, voxel S, statistics: docs/validation/monte_carlo.md, statistics.md
python -m benchmarks engines             slabs, real patients, the simulated patient: docs/validation/engines.md
python -m benchmarks speed               seconds and figures of merit: docs/validation/speed.md, with its log
python -m benchmarks floor               what a step costs: docs/validation/performance.md
python -m benchmarks kernel              the kernel engine against SciPy, and its page of theory
python -m benchmarks recovery            coverage over 2,000 simulated registries: docs/validation/recovery.md
python -m benchmarks survival            survival statistics of a million cases, against lifelines
python -m benchmarks report              the report of a registry of 152 patients, by stage
python -m benchmarks rest                start of the command line, DICOM to report
python -m benchmarks other --command ... another Monte Carlo code on the same phantom (benchmarks/README.md)
"""

import sys
from collections.abc import Callable


def accuracy(_: list[str]) -> None:
    from benchmarks import accuracy as transport
    from benchmarks import statistics

    transport.main()
    statistics.main()


def engines(_: list[str]) -> None:
    from benchmarks import engines as beside

    beside.main()


def speed(arguments: list[str]) -> None:
    from benchmarks import speed as seconds

    seconds.main(arguments)


def floor(_: list[str]) -> None:
    from benchmarks import floor as below

    below.main()


def kernel(_: list[str]) -> None:
    from benchmarks import kernel_engine, kernel_validation

    kernel_validation.main()
    kernel_engine.main([])


def rest(_: list[str]) -> None:
    from benchmarks import command_line, main_job

    main_job.main()
    command_line.main()


def registry(_: list[str]) -> None:
    from benchmarks import follow, laboratory_grades, records

    for bench in (records, follow, laboratory_grades):
        bench.main()


def recovery(_: list[str]) -> None:
    from benchmarks import recovery as coverage

    coverage.main()


def survival(arguments: list[str]) -> None:
    from benchmarks import survival as million

    million.main(*(int(cases) for cases in arguments[:1]))


def report(arguments: list[str]) -> None:
    from benchmarks import registry_report

    registry_report.main(*(int(patients) for patients in arguments[:1]))


def other(arguments: list[str]) -> None:
    from benchmarks import other as code

    code.main(arguments)


SECTIONS: dict[str, Callable[[list[str]], None]] = {
    "accuracy": accuracy, "engines": engines, "speed": speed, "floor": floor, "kernel": kernel, "rest": rest,
    "registry": registry, "recovery": recovery, "survival": survival, "report": report,
}  # fmt: skip


def main(arguments: list[str]) -> None:
    name, more = (arguments[0], arguments[1:]) if arguments else ("all", [])
    if name == "all":
        for section in SECTIONS.values():
            section([])
    elif name in SECTIONS:
        SECTIONS[name](more)
    elif name == "other":
        other(more)
    else:
        sys.exit(f"no section '{name}'; there are: all, {', '.join(SECTIONS)}, other")


if __name__ == "__main__":
    main(sys.argv[1:])
