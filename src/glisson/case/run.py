"""How long a result took on this machine: a record beside the Result, never part of it."""

import json

from glisson.case.base import Noun


class RegionMerit(Noun):
    """Figure of merit of one region.

    Attributes:
        region: its name.
        voxels: above half of its maximum.
        relative_standard_error_rms, relative_standard_error_largest: over them; ``None`` where the region got no dose.
        figure_of_merit_per_core: 1/(rms² x CPU seconds of the transport), 1/s; on a GPU of its seconds by the clock.
    """

    region: str
    voxels: int
    relative_standard_error_rms: float | None
    relative_standard_error_largest: float | None
    figure_of_merit_per_core: float | None


class Run(Noun):
    """What computing a Result took. The Result has the same bytes everywhere; this differs from run to run.

    Attributes:
        result: sha256 of the Result.
        method: as in the Result.
        seconds: of the engine by the clock, with everything that it prepares and compiles.
        cpu_seconds: of all its threads together.
        threads: that the engine was given; ``None``: one, or as many as a library takes.
        device: "cpu" or "cuda".
        processor: the maker's words for it, without a name of the machine.
        cores: that this process may use.
        software: versions by name.
        histories: followed, for engines that follow any.
        transport_seconds, transport_cpu_seconds: the part in which histories were followed.
        histories_per_second_per_core: histories over CPU seconds of the transport; on a GPU over its seconds by the clock.
        regions: uncertainty and figure of merit of each.
    """

    result: str
    method: str
    seconds: float
    cpu_seconds: float
    threads: int | None = None
    device: str = "cpu"
    processor: str
    cores: int
    software: dict[str, str]
    histories: int | None = None
    transport_seconds: float | None = None
    transport_cpu_seconds: float | None = None
    histories_per_second_per_core: float | None = None
    regions: tuple[RegionMerit, ...] = ()

    def to_json(self) -> str:
        """Sorted keys, two spaces."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)

    @property
    def text(self) -> str:
        """In one line."""
        where = f"{self.processor}, {self.cores} cores"
        took = f"{self.method}: {self.seconds:.1f} s by the clock, {self.cpu_seconds:.1f} s of processor time ({where})"
        if self.histories is None or self.histories_per_second_per_core is None:
            return took
        threads = f"{self.threads} thread{'s' if self.threads != 1 else ''}"
        rate = f"{self.histories_per_second_per_core:,.0f} per second and core"
        return f"{took}; {self.histories:,} histories on {threads}, {rate}"
