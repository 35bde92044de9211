"""The shapes of matches."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.vocab.field_types import CountNumber, EdtfDate, Line, RecordIdText, Slug
from app.web.schemas import Count

Share = Annotated[float, Field(ge=0, le=1)]


class MatchComponent(BaseModel):
    """One aspect in which two events are compared."""

    name: Literal["time", "place", "type", "actors"] = Field(description="Which.")
    weight: Share = Field(description="How much it counts; all weights add up to 1.")
    value: Share | None = Field(
        description="How alike they are in it; null if that is not known, which counts a quarter."
    )
    reason: str = Field(description="Why.", examples=["4.2 km apart"])


class Match(BaseModel):
    """An event of another dataset that may be the same."""

    event: RecordIdText = Field(description="The id of that event.")
    dataset: Slug = Field(description="The dataset of that event.")
    title: Line = Field(description="What happened.")
    date: EdtfDate = Field(description="When, as EDTF.")
    score: Share = Field(description="How alike the two are: the weighted sum of the components.")
    reason: str = Field(description="The same in one sentence.")
    components: list[MatchComponent] = Field(description="What the score is made up of.")
    relation: RecordIdText | None = Field(
        description="The relation `same-as` by which they are known to be the same."
    )


class MatchList(BaseModel):
    """The matches of one event, the most alike first."""

    items: list[Match]
    next_cursor: None = Field(description="Always null: there are no pages.")
    count: Count = Field(description="How many are as alike as asked for, shown or not.")
    considered: CountNumber = Field(description="How many events were compared.")
    complete: bool = Field(
        description="Whether these are all that lie near in time and place, or with an actor in"
        " common; false where there were too many to compare."
    )
