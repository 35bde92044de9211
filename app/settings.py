"""The settings: the only file that reads the environment."""

import os
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """The settings, which are `ANNALS_…` environment variables."""

    model_config = SettingsConfigDict(env_prefix="ANNALS_", frozen=True, extra="forbid")

    database_url: str = Field(
        default="sqlite:///annals.db",
        description="The database: sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    read_database_url: str | None = Field(
        default=None, description="The database for reads, if not the same: the URL of a standby."
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on.")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~%-]+)*/?$",
        description="The public address of this service, with a path if it is below one; citations"
        " begin with it, whatever `Host` a request names.",
    )
    admin_key: str | None = Field(
        default=None,
        description="The first admin key, used at the first start instead of a random one.",
    )
    open_reads: bool = Field(
        default=True, description="Whether public datasets can be read without a key."
    )
    body_limit: int = Field(
        default=16_000_000, gt=0, description="The largest request body that is accepted, in bytes."
    )
    upload_limit: int = Field(
        default=2_000_000_000,
        gt=0,
        description="The largest import file that is accepted, in bytes.",
    )
    header_seconds: float = Field(
        default=10.0,
        gt=0,
        description="How long a request's headers may take to arrive, in seconds.",
    )
    body_seconds: float = Field(
        default=10.0,
        gt=0,
        description="The window, in seconds, in which a body must bring `ANNALS_BODY_BYTES`.",
    )
    body_bytes: int = Field(
        default=10_000,
        ge=0,
        description="The fewest bytes of a body that must arrive in each window.",
    )
    idle_seconds: float = Field(
        default=30.0,
        gt=0,
        description="How long a connection without a request is kept open, in seconds.",
    )
    connections: int | None = Field(
        default=None,
        ge=1,
        description="Client connections per process; by default all but 256 of the file descriptors"
        " that the process may have, at most 10,000.",
    )
    spool_dir: Path = Field(
        default=Path("spool"),
        description="The folder of uploaded import files, until they are read.",
    )
    import_findings: int = Field(
        default=10_000,
        ge=0,
        description="How many rejections and warnings an import keeps; others are only counted.",
    )
    import_rejections: int = Field(
        default=1_000,
        ge=1,
        description="How many successive rejected rows make an import fail.",
    )
    columns_from: int = Field(
        default=5_000,
        ge=0,
        description="The number of events from which aggregates use columns in memory, which are"
        " kept as files in the spool folder.",
    )
    export_cache_bytes: int = Field(
        default=2_000_000_000,
        ge=0,
        description="How many bytes of exported files are kept in the spool folder.",
    )
    export_connections: int = Field(
        default=4, ge=1, description="Exports that are read from the database at once, per process."
    )
    export_spool_bytes: int = Field(
        default=8_000_000_000,
        gt=0,
        description="How many bytes are kept in the spool folder for slow clients, per process.",
    )
    export_spool_share: int = Field(
        default=2_000_000_000, gt=0, description="How many of those bytes one caller may use."
    )
    stalled_seconds: float = Field(
        default=30.0,
        gt=0,
        description="Seconds that a client may read nothing of an answer before it is cut off.",
    )
    pool_size: int = Field(
        default=10,
        ge=1,
        description="Short reads at once per process, and writes on PostgreSQL, which has as many"
        " connections for each.",
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(),
        description="The proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted: addresses"
        " or networks, separated by commas.",
    )
    long_questions: int = Field(
        default=2, ge=1, description="Long queries that one caller may have at once, per process."
    )
    long_questions_anonymous: int = Field(
        default=4,
        ge=1,
        description="Long queries that all callers without a key may have at once, per process.",
    )
    long_questions_keyed: int = Field(
        default=4,
        ge=1,
        description="Long queries that all callers with a key may have at once, per process.",
    )
    question_seconds_anonymous: float = Field(
        default=5, gt=0, description="How many seconds a query without a key may take."
    )
    question_seconds_keyed: float = Field(
        default=20, gt=0, description="How many seconds a query with a key may take."
    )
    connect_seconds: float = Field(
        default=1.0, gt=0, description="How many seconds connecting to PostgreSQL may take."
    )
    read_seconds: float = Field(
        default=2.0,
        gt=0,
        description="How many seconds a short read may take, or wait to begin.",
    )
    write_seconds: float = Field(
        default=10.0, gt=0, description="How many seconds a write may take, including its waiting."
    )
    import_batch_seconds: float = Field(
        default=60.0, gt=0, description="How many seconds a batch of an import may take."
    )
    export_chunk_seconds: float = Field(
        default=30.0, gt=0, description="How many seconds the next part of an export may take."
    )
    log_format: str = Field(
        default="json",
        pattern="^(json|console)$",
        description="The format of log lines: `json` or `console`.",
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_proxies(cls, given: object) -> object:
        return (
            [network.strip() for network in given.split(",")] if isinstance(given, str) else given
        )


def apply_overrides(**given: object) -> Settings:
    """Set settings in the environment, so that worker processes inherit them; return all of them.

    Values of None are left out. Raises pydantic's ValidationError for an invalid value.
    """
    for name, value in given.items():
        if value is not None:
            os.environ[f"ANNALS_{name.upper()}"] = str(value)
    return Settings()
