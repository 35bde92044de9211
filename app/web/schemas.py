"""Schemas that all resources share."""

from copy import copy
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model


class Count(BaseModel):
    """A number of records, and its kind: exact or an estimate."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"value": 41, "kind": "exact"}]})

    value: int = Field(ge=0, le=2**53, description="The number of records.")
    kind: Literal["exact", "estimate"] = Field(description="`exact`, or an estimate.")


def make_part_model(item: type[BaseModel]) -> type[BaseModel]:
    """Return a model of an `item` with only some of its fields."""
    fields: dict[str, Any] = {}
    for name, info in item.model_fields.items():
        optional = copy(info)
        optional.default = None
        fields[name] = (info.annotation, optional)
    return create_model(
        f"{item.__name__}Part", __doc__=f"Some fields of one {item.__name__}.", **fields
    )


def make_list_model(item: type[BaseModel]) -> type[BaseModel]:
    """Return the model of a page of `item`."""
    return create_model(
        f"{item.__name__}List",
        __doc__=f"One page of a list; each item is one {item.__name__}.",
        items=(list[item], Field()),  # type: ignore[valid-type]
        next_cursor=(
            str | None,
            Field(description="The `cursor` of the next page; null on the last."),
        ),
        count=(
            Count | None,
            Field(description="With `count`, the number of items in the whole result."),
        ),
        as_of=(
            str | None,
            Field(
                default=None,
                description="With `as_of`, the position at which the records were read.",
            ),
        ),
    )
