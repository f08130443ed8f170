"""Writes docs/assets/demo-report.png from the report of a demo: python docs/hooks/demo_picture.py demo-case (needs Chromium)."""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

OUT = Path(__file__).parents[1] / "assets" / "demo-report.png"
WIDTH, HEIGHT = 1000, 1000
PAGE = """<html><style>img {{display: block; margin: auto}}
body {{margin: 0; padding: 14px 20px; background: white; font: 15px sans-serif; color: #1d2529}}</style><body>
<div style="background:#1d2529;color:white;padding:7px 12px"><b>SIMULATED</b> patient made by a program</div>
<p style="margin:12px 0 2px"><b>Absorbed dose (Gy) through a lesion</b>, isodose lines; lesion solid, liver dashed</p>
<img src="{slices}" style="width:100%">
<p style="margin:10px 0 2px"><b>Dose-volume histograms</b></p><img src="{curves}" style="width:60%">
<p style="margin:10px 0 2px"><b>What each limit allows and each target asks for</b></p><img src="{window}" style="width:66%">
</body></html>"""


def main(case: Path) -> None:
    figures = (case / "report" / "figures").resolve()
    names = {"slices": "dose-slices-1.png", "curves": "dose-volume.svg", "window": "activity-window.svg"}
    with tempfile.TemporaryDirectory() as folder:
        page, shot = Path(folder) / "page.html", Path(folder) / "page.png"
        page.write_text(PAGE.format(**{name: (figures / file).as_uri() for name, file in names.items()}), encoding="utf-8")
        command = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--allow-file-access-from-files"]
        subprocess.run(
            [*command, f"--screenshot={shot}", f"--window-size={WIDTH},{HEIGHT}", page.as_uri()], check=True, capture_output=True
        )
        Image.open(shot).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(OUT, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
