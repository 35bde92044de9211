"""The columns of GDELT's files, which have no header, named as in the codebooks."""

_ACTOR = (
    "Code Name CountryCode KnownGroupCode EthnicCode Religion1Code Religion2Code"
    " Type1Code Type2Code Type3Code"
)
_GEO = "Type FullName CountryCode ADM1Code ADM2Code Lat Long FeatureID"


def _split_columns(columns: str, prefix: str = "") -> tuple[str, ...]:
    return tuple(prefix + column for column in columns.split())


EVENTS_2 = (
    *_split_columns("GlobalEventID Day MonthYear Year FractionDate"),
    *_split_columns(_ACTOR, "Actor1"),
    *_split_columns(_ACTOR, "Actor2"),
    *_split_columns("IsRootEvent EventCode EventBaseCode EventRootCode QuadClass GoldsteinScale"),
    *_split_columns("NumMentions NumSources NumArticles AvgTone"),
    *_split_columns(_GEO, "Actor1Geo_"),
    *_split_columns(_GEO, "Actor2Geo_"),
    *_split_columns(_GEO, "ActionGeo_"),
    *_split_columns("DATEADDED SOURCEURL"),
)
"""The 61 columns of version 2.0, since 2015."""

EVENTS_1 = tuple(column for column in EVENTS_2 if not column.endswith("_ADM2Code"))
"""The 58 columns of version 1.0, since April 2013."""

EVENTS_1_OLD = EVENTS_1[:-1]
"""The 57 columns of version 1.0 before, without the URL."""

MENTIONS = _split_columns(
    "GlobalEventID EventTimeDate MentionTimeDate MentionType MentionSourceName MentionIdentifier"
    " SentenceID Actor1CharOffset Actor2CharOffset ActionCharOffset InRawText Confidence"
    " MentionDocLen MentionDocTone MentionDocTranslationInfo Extras"
)
"""The 16 columns of 2.0's mentions."""
