"""Details of what is said and settled: summits, agreements, statements, sanctions."""

from typing import Literal

from pydantic import ConfigDict, Field

from app.vocab.details.detail_fields import Details, LongText, Ordinal, ShortText, ShortTexts


class Summit(Details):
    """A meeting of leaders or officials: its place in a series, its agenda, what came of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "series": "kim-jong-un-putin",
                    "ordinal": 3,
                    "format": "bilateral",
                    "agenda": ["military cooperation", "trade"],
                    "documents": ["Comprehensive Strategic Partnership Treaty"],
                }
            ]
        }
    )

    series: ShortText | None = Field(
        default=None,
        description="The series of meetings it belongs to, the same word in each of them.",
        examples=["kim-jong-un-putin"],
    )
    ordinal: Ordinal | None = Field(
        default=None, description="Which meeting of the series it is, from 1.", examples=[3]
    )
    format: Literal["bilateral", "trilateral", "multilateral", "virtual", "telephone"] | None = (
        Field(default=None, description="How it is held.", examples=["bilateral"])
    )
    agenda: ShortTexts | None = Field(
        default=None, description="What is to be talked about.", examples=[["military ties"]]
    )
    documents: ShortTexts | None = Field(
        default=None, description="What was signed or issued.", examples=[["Joint declaration"]]
    )


class Agreement(Details):
    """What was agreed, and whether it binds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Comprehensive Strategic Partnership Treaty",
                    "kind": "treaty",
                    "subjects": ["mutual defence", "trade"],
                    "status": "signed",
                }
            ]
        }
    )

    name: ShortText | None = Field(
        default=None, description="What the document is called.", examples=["Panmunjom Declaration"]
    )
    kind: (
        Literal["treaty", "memorandum", "declaration", "contract", "truce", "ceasefire", "other"]
        | None
    ) = Field(default=None, description="What sort of document it is.", examples=["treaty"])
    subjects: ShortTexts | None = Field(
        default=None, description="What it is about.", examples=[["mutual defence"]]
    )
    status: Literal["initialled", "signed", "ratified", "in-force", "ended"] | None = Field(
        default=None, description="How far it had come with this event.", examples=["signed"]
    )
    document: ShortText | None = Field(
        default=None, description="Where or under what number it is kept.", examples=["S/2024/512"]
    )


class Statement(Details):
    """What was said: to whom, on what occasion, about what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "addressee": "vladimir-putin",
                    "occasion": "Russia Day",
                    "medium": "message",
                    "subjects": ["the meeting at the spaceport"],
                }
            ]
        }
    )

    addressee: ShortText | None = Field(
        default=None,
        description="Whom it is addressed to: an actor's slug, or a name.",
        examples=["vladimir-putin"],
    )
    occasion: ShortText | None = Field(
        default=None, description="What it was said on.", examples=["Russia Day"]
    )
    medium: (
        Literal["speech", "message", "letter", "broadcast", "interview", "note", "post", "other"]
        | None
    ) = Field(default=None, description="How it was said.", examples=["message"])
    subjects: ShortTexts | None = Field(
        default=None, description="What it is about.", examples=[["military ties"]]
    )


class Sanction(Details):
    """A measure imposed or lifted: by whom, on whom, by what instrument."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "imposer": "un-security-council",
                    "target": "PRK",
                    "instrument": "resolution",
                    "resolution": "1718",
                    "measures": ["arms embargo", "luxury goods"],
                }
            ]
        }
    )

    imposer: ShortText | None = Field(
        default=None,
        description="Who imposes or lifts it: an actor's slug, or a name.",
        examples=["un-security-council"],
    )
    target: ShortText | None = Field(
        default=None,
        description="Whom it is imposed on: an actor's slug, or a name.",
        examples=["PRK"],
    )
    instrument: ShortText | None = Field(
        default=None, description="The legal form of it.", examples=["resolution"]
    )
    resolution: ShortText | None = Field(
        default=None, description="The number of the resolution or act.", examples=["1718"]
    )
    measures: ShortTexts | None = Field(
        default=None, description="What it forbids or allows.", examples=[["arms embargo"]]
    )
    reason: LongText | None = Field(
        default=None,
        description="What it was imposed or lifted for.",
        examples=["the first nuclear test"],
    )
