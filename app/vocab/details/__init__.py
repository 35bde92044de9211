"""One Pydantic model per kind of details: the fields that only events of some types have."""
