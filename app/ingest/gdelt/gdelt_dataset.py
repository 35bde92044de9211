"""The dataset and the source of both kinds of GDELT's files."""

from app.ingest.reading.import_format import DatasetFacts, SourceFacts

SLUG = "gdelt"
GDELT = SourceFacts(SLUG, "dataset", "The GDELT Project")
DATASET = DatasetFacts(
    slug=SLUG,
    title="GDELT Event Database",
    description="Events coded by machine from the world's news, every fifteen minutes, with the"
    " articles that mention them.",
    licence="LicenseRef-GDELT",
    citation="The GDELT Project, https://www.gdeltproject.org/; Leetaru, Kalev and Philip A."
    " Schrodt (2013): GDELT: Global Data on Events, Location and Tone, 1979–2012. ISA Annual"
    " Convention.",
    url="https://www.gdeltproject.org/",
)
