"""A sample of every import format: real or made-up rows of each provider."""

from pathlib import Path

from tests.source import ROOT

DATA = ROOT / "tests" / "data"
SAMPLES: dict[str, tuple[Path, ...]] = {
    "acled": (DATA / "acled" / "sample.csv", DATA / "acled" / "sample.json"),
    "annals": (DATA / "export" / "events.csv",),
    "gdelt-events": (DATA / "gdelt" / "gdelt_prk_rows.export.CSV",),
    "gdelt-mentions": (
        DATA / "gdelt" / "20170101073000.mentions.CSV",
        DATA / "gdelt" / "20170701234500.excerpt.mentions.csv",
    ),
    "icews": (DATA / "icews" / "sample.tab",),
    "polecat": (DATA / "polecat" / "sample.txt",),
    "sipri": (DATA / "sipri" / "sample.csv",),
    "ucdp-ged": (DATA / "ucdp" / "ged_hdx_sample.csv", DATA / "ucdp" / "ged231_sample1000.csv"),
}
"""The files of each format by its name, for the fuzz tests."""

EACH = [(name, path) for name, paths in SAMPLES.items() for path in paths]
