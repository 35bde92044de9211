"""Datasets as a resource type."""

from app.models.datasets import datasets, past_datasets
from app.query.resource_type import ResourceType

DATASETS = ResourceType(
    name="dataset",
    table=datasets,
    past=past_datasets,
    documents=datasets,
    past_documents=None,
    key="slug",
    sorts={
        "slug": ("slug",),
        "title": ("title", "slug"),
        "updated_at": ("updated_at", "slug"),
    },
    default_sort="slug",
    visible_by=("slug",),
)
