"""A material image with its legend, as files."""

import csv
from pathlib import Path

from glisson.dose.composition import Materials
from glisson.errors import BadInput

COLUMNS = ["label", "material"]


def read_materials(labels: Path | None, legend: Path | None) -> Materials:
    """An image of labels and a table with the columns ``label,material``.

    Raises:
        BadInput: only one of the two, a file that cannot be read, a line that is not a whole number and a name.
    """
    from glisson.imaging.read import read_image

    if labels is None or legend is None:
        raise BadInput("a material image needs its legend, and a legend its image", do="give --materials and --legend")
    return Materials(read_image(labels, unit="signal").image, _legend(legend))


def _legend(path: Path) -> dict[int, str]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            if table.fieldnames != COLUMNS:
                raise BadInput(f"the first line of '{path.name}' is not 'label,material'")
            return {int(row["label"]): str(row["material"]).strip() for row in table}
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"cannot read the legend '{path.name}'") from None
    except (ValueError, TypeError):
        raise BadInput(f"a line of '{path.name}' is not a whole number and a material", allowed="as 2,bone") from None
