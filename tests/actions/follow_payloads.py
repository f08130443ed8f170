"""A case that answers, then progresses elsewhere; and small SDTM tables. Every number can be checked by hand."""

from pathlib import Path

CASE = """\
glisson: 1
id: case-12
disease: colorectal liver metastases
sites:
  - {id: liver, kind: organ, organ: liver}
  - {id: lung, kind: organ, organ: lung}
  - {id: seg-7, kind: lesion, parent: liver, name: Segment 7, role: target}
  - {id: seg-3, kind: lesion, parent: liver, name: Segment 3, role: target}
  - {id: nodule, kind: lesion, parent: lung, role: non-target, name: Lung nodule}
  - {id: new-1, kind: lesion, parent: liver, role: new, name: Segment 5}
treatments:
  - {id: line-1, kind: systemic, line: 1, regimen: FOLFOX, at: 2025-01-10, end: 2025-08-01}
  - {id: line-2, kind: TACE, line: 2, at: 2025-08-10}
  - id: tace
    kind: TACE
    sessions:
      - {id: tace-1, kind: procedure, at: 2025-09-10}
      - {id: tace-2, kind: procedure, at: 2025-10-08}
observations:
  - {what: longest_diameter_mm, site: seg-7, value: 60, at: 2025-09-01, visit: baseline}
  - {what: longest_diameter_mm, site: seg-3, value: 40, at: 2025-09-01, visit: baseline}
  - {what: longest_diameter_mm, site: nodule, state: present, at: 2025-09-01, visit: baseline}
  - {what: longest_diameter_mm, site: seg-7, value: 40, at: 2025-11-20, visit: month-2}
  - {what: longest_diameter_mm, site: seg-3, value: 30, at: 2025-11-20, visit: month-2}
  - {what: longest_diameter_mm, site: nodule, state: present, at: 2025-11-20, visit: month-2}
  - {what: reader_response, answer: PR, at: 2025-11-20, visit: month-2}
  - {what: longest_diameter_mm, site: seg-7, value: 40, at: 2026-02-10, visit: month-5}
  - {what: longest_diameter_mm, site: seg-3, state: not evaluable, at: 2026-02-10, visit: month-5}
  - {what: longest_diameter_mm, site: nodule, state: present, at: 2026-02-10, visit: month-5}
  - {what: longest_diameter_mm, site: seg-7, value: 40, at: 2026-05-02, visit: month-8}
  - {what: longest_diameter_mm, site: seg-3, value: 30, at: 2026-05-02, visit: month-8}
  - {what: longest_diameter_mm, site: nodule, state: present, at: 2026-05-02, visit: month-8}
  - {what: longest_diameter_mm, site: new-1, value: 14, at: 2026-05-02, visit: month-8}
  - {what: reader_response, answer: SD, at: 2026-05-02, visit: month-8}
  - {what: bilirubin_umol_per_L, value: 12, at: 2025-09-08, upper_normal: 21}
  - {what: albumin_g_per_L, value: 41, at: 2025-09-08, lower_normal: 35}
  - {what: bilirubin_umol_per_L, value: 38, at: 2025-09-12, upper_normal: 21}
  - {what: albumin_g_per_L, value: 34, at: 2025-09-12, lower_normal: 35}
  - {what: platelets_1e9_per_L, value: 110, at: 2025-09-12}
  - {what: qlq_c30_29, value: 6, at: 2025-09-01, visit: baseline}
  - {what: qlq_c30_30, value: 6, at: 2025-09-01, visit: baseline}
  - {what: qlq_c30_29, value: 4, at: 2025-11-20, visit: month-2}
  - {what: qlq_c30_30, value: 5, at: 2025-11-20, visit: month-2}
events:
  - {kind: adverse-event, term: fever, grade: 1, ctcae: "5", at: 2025-09-11, relation: [procedure], serious: false}
  - {kind: adverse-event, term: cholecystitis, grade: 3, ctcae: "5", at: 2025-10-20, relation: [device], serious: true}
  - {kind: last-contact, at: 2026-06-01}
"""

TU = """\
USUBJID,TULNKID,TULOC,TUTESTCD,TUSTRESC,VISITNUM
p-1,T1,LIVER,TUMIDENT,TARGET,1
p-2,T1,LIVER,TUMIDENT,TARGET,1
p-3,T1,LIVER,TUMIDENT,TARGET,1
"""
TR = """\
USUBJID,TRLNKID,TRTESTCD,TRSTRESN,TRSTRESU,VISITNUM,VISIT,TRDTC
p-1,T1,LDIAM,100,mm,1,BASELINE,2025-01-01
p-1,T1,LDIAM,70,mm,2,WEEK 8,2025-03-01
p-1,T1,LDIAM,70,mm,3,WEEK 16,2025-05-01
p-2,T1,LDIAM,50,mm,1,BASELINE,2025-01-01
p-2,T1,LDIAM,60,mm,2,WEEK 8,2025-03-01
p-3,T1,LDIAM,30,mm,1,BASELINE,2025-01-01
"""
RS = """\
USUBJID,RSTESTCD,RSSTRESC,VISITNUM,VISIT,RSDTC
p-1,OVRLRESP,PR,2,WEEK 8,2025-03-01
p-1,OVRLRESP,SD,3,WEEK 16,2025-05-01
p-2,OVRLRESP,PD,2,WEEK 8,2025-03-01
"""
DM = """\
USUBJID,RFXSTDTC,DTHDTC,DTHFL,RFPENDTC
p-1,2025-01-02,,,2025-06-01
p-2,2025-01-02,2025-04-12,Y,2025-04-12
p-3,2025-01-02,,,2025-02-01
p-4,2025-01-02,,,2025-02-01
"""


def case_folder(folder: Path, text: str = CASE) -> Path:
    """A case folder with that case.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    return folder


def table_files(folder: Path, **changed: str) -> dict[str, Path]:
    """TU, TR, RS and DM as CSV; a table given by name stands in for the usual one."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, text in ({"tu": TU, "tr": TR, "rs": RS, "dm": DM} | changed).items():
        files[name] = folder / f"{name}.csv"
        files[name].write_text(text, encoding="utf-8")
    return files
