"""The whole schema: importing this module registers every table."""

from app.models import (
    actors,
    changes,
    claims,
    datasets,
    events,
    imports,
    jobs,
    keys,
    merges,
    names,
    questions,
    relations,
    sources,
)
from app.models.base import metadata

TABLE_MODULES = (
    actors,
    changes,
    claims,
    datasets,
    events,
    imports,
    jobs,
    keys,
    names,
    merges,
    questions,
    relations,
    sources,
)

__all__ = ["TABLE_MODULES", "metadata"]
