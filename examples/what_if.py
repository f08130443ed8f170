"""The what-if table of a stored plan: python what_if.py CASE (after glisson plan CASE)."""

import json
import sys
from pathlib import Path

KEPT = {True: "within limits", False: "over limits", None: "cannot say whether within limits"}
plan = json.loads((Path(sys.argv[1]) / "results" / "plan.json").read_text(encoding="utf-8"))["value"]
lesions = {row["site"]: row["name"] for row in plan["dose_per_GBq"] if row["kind"] == "lesion"}
for candidate in plan["candidates"]:
    print(candidate["name"])
    for row in candidate["what_if"]:
        doses = ", ".join(f"{name} {row['doses'][site]:.0f} Gy" for site, name in lesions.items())
        print(f"  {row['activity_GBq']:5.2f} GBq: {doses}; lungs {row['lung_Gy']:.1f} Gy; {KEPT[row['within']]}")
