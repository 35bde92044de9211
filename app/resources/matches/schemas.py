"""Schemas of matches."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.vocab.field_types import CountNumber, EdtfDate, Line, RecordIdText, Slug
from app.web.schemas import Count

Share = Annotated[float, Field(ge=0, le=1)]


class MatchComponent(BaseModel):
    """An aspect in which two events are compared."""

    name: Literal["time", "place", "type", "actors"] = Field(description="The name of the aspect.")
    weight: Share = Field(description="The weight in the score; all weights add up to 1.")
    value: Share | None = Field(
        description="The similarity in this aspect; null if it is unknown, which counts a quarter."
    )
    reason: str = Field(description="The reason for the value.", examples=["4.2 km apart"])


class Match(BaseModel):
    """An event of another dataset that may be the same."""

    event: RecordIdText = Field(description="The id of that event.")
    dataset: Slug = Field(description="The dataset of that event.")
    title: Line = Field(description="The title of that event.")
    date: EdtfDate = Field(description="The date of that event, as EDTF.")
    score: Share = Field(
        description="The similarity of the two: the weighted sum of the components."
    )
    reason: str = Field(description="The reasons for the score in one sentence.")
    components: list[MatchComponent] = Field(description="The components of the score.")
    relation: RecordIdText | None = Field(
        description="The relation `same-as` that already joins the two."
    )


class MatchList(BaseModel):
    """The matches of an event, the best first."""

    items: list[Match]
    next_cursor: None = Field(description="Always null: there are no pages.")
    count: Count = Field(description="The number of matches with the least score, shown or not.")
    considered: CountNumber = Field(description="The number of events that were compared.")
    complete: bool = Field(
        description="Whether all events near in time and place, or with an actor in common, were"
        " compared; false if there were too many."
    )
