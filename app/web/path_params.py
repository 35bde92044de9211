"""The path parameters that routes share."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from app.vocab.field_types import LARGEST

EVENT_EXAMPLE = "9ee8e511-5681-5d2f-9049-ce520c9c7483"
"""The event `putin-visit` of the dataset russia-dprk: its id follows from the two."""

CLAIM_EXAMPLE = "56b39399-4279-5ddf-9a8c-6f5e972ebfeb"
"""The claim `nhk-report` of that event: its id follows from the two."""

EventId = Annotated[UUID, Path(description="The event's id.", examples=[EVENT_EXAMPLE])]
ClaimId = Annotated[UUID, Path(description="The claim's id.", examples=[CLAIM_EXAMPLE])]
RelationId = Annotated[UUID, Path(description="The relation's id.")]
QuestionId = Annotated[UUID, Path(description="The question's id.")]
RevisionPath = Annotated[
    int, Path(ge=1, le=LARGEST, description="The number of the revision.", examples=[1])
]
ImportId = Annotated[UUID, Path(description="The import's id.")]
