"""The settings: the only file that reads the environment."""

import os
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What can be set from outside, as `ANNALS_…` environment variables."""

    model_config = SettingsConfigDict(env_prefix="ANNALS_", frozen=True, extra="forbid")

    database_url: str = Field(
        default="sqlite:///annals.db",
        description="Where the records are: sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    read_database_url: str | None = Field(
        default=None, description="Where reads go, if not to the same database: a standby's URL."
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on.")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~%-]+)*/?$",
        description="The address of this service as others know it, with the path that it is below,"
        " if any; citations begin with it, whatever `Host` a request names.",
    )
    admin_key: str | None = Field(
        default=None,
        description="The first admin key, used at the first start instead of a made one.",
    )
    open_reads: bool = Field(
        default=True, description="Whether public datasets can be read without a key."
    )
    body_limit: int = Field(
        default=16_000_000, gt=0, description="The largest request body taken, in bytes."
    )
    upload_limit: int = Field(
        default=2_000_000_000, gt=0, description="The largest import file taken, in bytes."
    )
    header_seconds: float = Field(
        default=10.0, gt=0, description="How long a request's headers may take to come, in seconds."
    )
    body_seconds: float = Field(
        default=10.0,
        gt=0,
        description="The window, in seconds, in which a body must bring `ANNALS_BODY_BYTES`.",
    )
    body_bytes: int = Field(
        default=10_000,
        ge=0,
        description="What a body brings at least in each window, however long it is, in bytes.",
    )
    idle_seconds: float = Field(
        default=30.0,
        gt=0,
        description="How long a connection without a request is kept open, in seconds.",
    )
    connections: int | None = Field(
        default=None,
        ge=1,
        description="Connections of clients per process; without a number all but 256 of the"
        " descriptors that the process may have, 10,000 at most.",
    )
    spool_dir: Path = Field(
        default=Path("spool"), description="Where uploaded import files lie until they are read."
    )
    import_findings: int = Field(
        default=10_000,
        ge=0,
        description="How many rejections and warnings an import keeps; beyond them they are"
        " counted.",
    )
    import_rejections: int = Field(
        default=1_000,
        ge=1,
        description="After how many rejected rows in a row an import ends as failed.",
    )
    columns_from: int = Field(
        default=5_000,
        ge=0,
        description="From how many events on aggregates are counted over columns in memory, kept"
        " as files in the spool directory.",
    )
    export_cache_bytes: int = Field(
        default=2_000_000_000,
        ge=0,
        description="How many bytes of exported files are kept in the spool folder.",
    )
    export_connections: int = Field(
        default=4, ge=1, description="Whole answers read from the database at once, per process."
    )
    export_spool_bytes: int = Field(
        default=8_000_000_000,
        gt=0,
        description="How many bytes that slow clients have not taken yet are kept in the spool"
        " directory, per process.",
    )
    export_spool_share: int = Field(
        default=2_000_000_000, gt=0, description="How many of those bytes one caller may have."
    )
    stalled_seconds: float = Field(
        default=30.0,
        gt=0,
        description="How long a client may take nothing of an answer before it is cut off.",
    )
    pool_size: int = Field(
        default=10,
        ge=1,
        description="Short reads at once per process, and writes on PostgreSQL: its connections for"
        " each.",
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(),
        description="The proxies whose X-Forwarded-For and X-Forwarded-Proto are believed:"
        " addresses or networks, with commas between them.",
    )
    long_questions: int = Field(
        default=2, ge=1, description="Long questions that one caller may have at once, per process."
    )
    long_questions_anonymous: int = Field(
        default=4,
        ge=1,
        description="Long questions that all callers without a key may have at once, per process.",
    )
    long_questions_keyed: int = Field(
        default=4,
        ge=1,
        description="Long questions that all callers with a key may have at once, per process.",
    )
    question_seconds_anonymous: float = Field(
        default=5, gt=0, description="How long a question may take that comes without a key."
    )
    question_seconds_keyed: float = Field(
        default=20, gt=0, description="How long a question may take that comes with a key."
    )
    connect_seconds: float = Field(
        default=1.0, gt=0, description="The longest that connecting to PostgreSQL may take."
    )
    read_seconds: float = Field(
        default=2.0,
        gt=0,
        description="The longest that a short read may take, or wait for its turn.",
    )
    write_seconds: float = Field(
        default=10.0, gt=0, description="The longest that a write may take, with its waiting."
    )
    import_batch_seconds: float = Field(
        default=60.0, gt=0, description="The longest that a batch of an import may take."
    )
    export_chunk_seconds: float = Field(
        default=30.0, gt=0, description="The longest that the next part of an export may take."
    )
    log_format: str = Field(
        default="json", pattern="^(json|console)$", description="How log lines are written."
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_proxies(cls, given: object) -> object:
        return [each.strip() for each in given.split(",")] if isinstance(given, str) else given


def apply_overrides(**given: object) -> Settings:
    """The settings, with what the command line says instead; worker processes inherit them.

    What is None was not said. Raises pydantic's ValidationError for a value that makes no sense.
    """
    for name, value in given.items():
        if value is not None:
            os.environ[f"ANNALS_{name.upper()}"] = str(value)
    return Settings()
