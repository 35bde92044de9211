"""Details of arms transfers, with the fields of an arms trade register."""

from typing import Literal

from pydantic import ConfigDict, Field

from app.vocab.details.detail_fields import Details, Figure, LongText, ShortText, Year, Years


class OrderYear(Details):
    """A year and whether it is an estimate."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"value": 2023, "estimated": True}]})

    value: Year = Field(description="The year.", examples=[2023])
    estimated: bool = Field(
        default=False, description="Whether the year is an estimate.", examples=[True]
    )


class ArmsTransfer(Details):
    """A deal or a delivery. TIV is SIPRI's trend-indicator value, in millions."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "weapon_designation": "KN-25",
                    "weapon_category": "self-propelled multiple rocket launcher",
                    "ordered": {"value": 50, "estimated": True},
                    "delivered": {"value": 20, "estimated": True},
                    "order_year": {"value": 2023, "estimated": True},
                    "delivery_years": [2024, 2025],
                    "condition": "new",
                    "tiv_per_unit": {"value": 2.5, "estimated": False},
                    "tiv_ordered": {"value": 125, "estimated": False},
                    "tiv_delivered": {"value": 50, "estimated": False},
                    "in_exchange_for": "space technology",
                }
            ]
        }
    )

    weapon_designation: ShortText | None = Field(
        default=None, description="Name of the weapon.", examples=["KN-25"]
    )
    weapon_category: ShortText | None = Field(
        default=None, description="Category of the weapon.", examples=["anti-ship missile"]
    )
    ordered: Figure | None = Field(
        default=None, description="Number ordered.", examples=[{"value": 50}]
    )
    delivered: Figure | None = Field(
        default=None, description="Number delivered.", examples=[{"value": 20}]
    )
    order_year: OrderYear | None = Field(
        default=None, description="The year of the order.", examples=[{"value": 2023}]
    )
    delivery_years: Years | None = Field(
        default=None, description="The years of delivery.", examples=[[2024, 2025]]
    )
    delivery_years_estimated: bool | None = Field(
        default=None, description="Whether the years of delivery are estimates.", examples=[True]
    )
    condition: (
        Literal["new", "second-hand", "second-hand-modernised", "modernised", "licensed"] | None
    ) = Field(default=None, description="Condition of the weapons.", examples=["new"])
    tiv_per_unit: Figure | None = Field(
        default=None, description="TIV of one unit, in millions.", examples=[{"value": 2.5}]
    )
    tiv_ordered: Figure | None = Field(
        default=None, description="TIV of the whole order.", examples=[{"value": 125}]
    )
    tiv_delivered: Figure | None = Field(
        default=None, description="TIV of all deliveries.", examples=[{"value": 50}]
    )
    in_exchange_for: ShortText | None = Field(
        default=None,
        description="Goods or services given in return.",
        examples=["space technology"],
    )
    comments: LongText | None = Field(
        default=None, description="Comments of the register.", examples=["Status uncertain"]
    )
