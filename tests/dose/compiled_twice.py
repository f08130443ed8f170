"""Run by test_compiled_code.py in a process of its own: the walk and the search of the gamma index with a folder for their code."""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from glisson.dose.batches import Stop
from glisson.dose.constant import dose_constant
from glisson.dose.electrons.histories import _voxel_loop
from glisson.dose.gamma import _search, gamma_index
from glisson.dose.montecarlo import MonteCarlo
from glisson.voxels import Grid, Image, Quantity


def main(folder: Path | None) -> None:
    array = np.zeros((5, 5, 5))
    array[2, 2, 2] = 1e6
    image = Image(Grid.aligned(array.shape, (4.0, 4.0, 4.0)), array, Quantity.ACTIVITY, nuclide="Y-90")
    engine = MonteCarlo(stop=Stop(histories=3200), threads=2, cache=folder)
    done = engine(image, density=1.05, constant=dose_constant("Y-90"))
    turned = done.dose.with_array(np.ascontiguousarray(done.dose.array[::-1]))
    gamma = gamma_index(done.dose, turned, threads=2, cache=folder)
    assert done.standard_error is not None
    content = done.dose.array.tobytes() + done.standard_error.array.tobytes() + gamma.index.tobytes()
    stats = [function.stats for function in (_voxel_loop(), _search())]
    told = {
        "bits": hashlib.sha256(content).hexdigest(),
        "read": [sum(each.cache_hits.values()) for each in stats],
        "compiled": [sum(each.cache_misses.values()) for each in stats],
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
