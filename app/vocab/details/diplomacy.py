"""Details of diplomacy: summits, agreements, statements, sanctions."""

from typing import Literal

from pydantic import ConfigDict, Field

from app.vocab.details.detail_fields import Details, LongText, Ordinal, ShortText, ShortTexts


class Summit(Details):
    """A meeting of leaders or officials: its place in a series, its agenda, its results."""

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
        description="Series of meetings that it belongs to, spelled the same in each.",
        examples=["kim-jong-un-putin"],
    )
    ordinal: Ordinal | None = Field(
        default=None, description="Number of the meeting in the series, from 1.", examples=[3]
    )
    format: Literal["bilateral", "trilateral", "multilateral", "virtual", "telephone"] | None = (
        Field(default=None, description="Format of the meeting.", examples=["bilateral"])
    )
    agenda: ShortTexts | None = Field(
        default=None, description="Topics.", examples=[["military ties"]]
    )
    documents: ShortTexts | None = Field(
        default=None, description="Documents signed or issued.", examples=[["Joint declaration"]]
    )


class Agreement(Details):
    """An agreement and its legal status."""

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
        default=None, description="Name of the document.", examples=["Panmunjom Declaration"]
    )
    kind: (
        Literal["treaty", "memorandum", "declaration", "contract", "truce", "ceasefire", "other"]
        | None
    ) = Field(default=None, description="Kind of document.", examples=["treaty"])
    subjects: ShortTexts | None = Field(
        default=None, description="Subjects.", examples=[["mutual defence"]]
    )
    status: Literal["initialled", "signed", "ratified", "in-force", "ended"] | None = Field(
        default=None, description="Status reached with this event.", examples=["signed"]
    )
    document: ShortText | None = Field(
        default=None, description="Number or place of the document.", examples=["S/2024/512"]
    )


class PublicStatement(Details):
    """A statement: its addressee, occasion, medium and subjects."""

    model_config = ConfigDict(
        title="Statement",
        json_schema_extra={
            "examples": [
                {
                    "addressee": "vladimir-putin",
                    "occasion": "Russia Day",
                    "medium": "message",
                    "subjects": ["the meeting at the spaceport"],
                }
            ]
        },
    )

    addressee: ShortText | None = Field(
        default=None,
        description="Addressee: an actor's slug, or a name.",
        examples=["vladimir-putin"],
    )
    occasion: ShortText | None = Field(
        default=None, description="Occasion.", examples=["Russia Day"]
    )
    medium: (
        Literal["speech", "message", "letter", "broadcast", "interview", "note", "post", "other"]
        | None
    ) = Field(default=None, description="Medium.", examples=["message"])
    subjects: ShortTexts | None = Field(
        default=None, description="Subjects.", examples=[["military ties"]]
    )


class Sanction(Details):
    """A measure imposed or lifted: imposer, target, instrument and measures."""

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
        description="Actor that imposes or lifts it: a slug, or a name.",
        examples=["un-security-council"],
    )
    target: ShortText | None = Field(
        default=None,
        description="Target of the measure: an actor's slug, or a name.",
        examples=["PRK"],
    )
    instrument: ShortText | None = Field(
        default=None, description="Legal form.", examples=["resolution"]
    )
    resolution: ShortText | None = Field(
        default=None, description="The number of the resolution or act.", examples=["1718"]
    )
    measures: ShortTexts | None = Field(
        default=None, description="Measures forbidden or allowed.", examples=[["arms embargo"]]
    )
    reason: LongText | None = Field(
        default=None,
        description="Reason for imposing or lifting it.",
        examples=["the first nuclear test"],
    )
