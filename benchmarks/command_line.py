"""How long the command line takes to start, beside a bare Python."""

import statistics
import subprocess
import sys
import time


def seconds(*command: str) -> float:
    """Median of seven runs."""
    taken = []
    for _ in range(7):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    bare = seconds(sys.executable, "-c", "pass")
    started = seconds(sys.executable, "-m", "glisson.cli.main", "--version")
    print(f"command line start: {started:.2f} s, {started / bare:.1f} times a bare Python ({bare:.3f} s)")


if __name__ == "__main__":
    main()
