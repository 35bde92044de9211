"""The actors of CAMEO actor codes."""

import pytest

from app.ingest.gdelt.gdelt_actors import make_party


@pytest.mark.parametrize(
    ("code", "slug", "acts_for", "kind", "name", "country"),
    [
        ("PRK", "PRK", None, "state", "North Korea", "PRK"),
        ("ROM", "ROU", None, "state", "Romania", "ROU"),
        ("TMP", "TLS", None, "state", "Timor-Leste", "TLS"),
        ("MTN", "MNE", None, "state", "Montenegro", "MNE"),
        ("IMY", "IMN", None, "state", "Isle of Man", "IMN"),
        ("WSB", "PSE", None, "state", "Palestine", "PSE"),
        ("GZS", "PSE", None, "state", "Palestine", "PSE"),
        ("BAG", "IRQ", None, "state", "Iraq", "IRQ"),
        ("USAGUM", "GUM", "USA", "state", "Guam", "GUM"),
        ("ANT", "cameo-ant", None, "organisation", "Netherlands Antilles", None),
        ("AFR", "cameo-afr", None, "organisation", "Africa", None),
        ("AFRGOV", "cameo-afr-gov", None, "body", "Government (Africa)", None),
        ("USAGOV", "cameo-usa-gov", "USA", "body", "Government (United States)", "USA"),
        ("JUDJUD", "cameo-jud", None, "body", "Judiciary", None),
        ("BUS", "cameo-bus", None, "organisation", "Business", None),
        (
            "CHRCTHEDU",
            "cameo-chr-cth-edu",
            None,
            "organisation",
            "Christianity, Catholic, Education",
            None,
        ),
        (
            "MNCUSAMED",
            "cameo-mnc-usa-med",
            None,
            "organisation",
            "Multinational Corporation, Media (United States)",
            "USA",
        ),
        ("UNO", "united-nations", None, "organisation", "United Nations", None),
        ("IGOUNO", "united-nations", None, "organisation", "United Nations", None),
        ("IGOUNOREFHCR", "unhcr", None, "body", "UN High Commissioner for Refugees", None),
        ("IGOWSTNAT", "nato", None, "organisation", "North Atlantic Treaty Organization", None),
        (
            "UNOGOV",
            "cameo-uno-gov",
            "united-nations",
            "organisation",
            "United Nations, Government",
            None,
        ),
        (
            "AFGINSTAL",
            "cameo-afg-ins-tal",
            None,
            "armed-group",
            "Taliban, Insurgents (Afghanistan)",
            "AFG",
        ),
        ("THA", "THA", None, "state", "Thailand", "THA"),
        ("tha", "cameo-ethnic-tha", None, "organisation", "Thai", None),
        ("MMRtha", "cameo-mmr-ethnic-tha", None, "organisation", "Thai (Myanmar)", "MMR"),
        ("MOSSHI300", "cameo-mos-shi-300", None, "organisation", "Muslim, Shia, 300", None),
        ("XQZ", "cameo-xqz", None, "organisation", "XQZ", None),
    ],
)
def test_a_code_is_an_actor(
    code: str, slug: str, acts_for: str | None, kind: str, name: str, country: str | None
) -> None:
    party = make_party(code)
    assert party is not None
    actor, principal = party
    assert (principal and principal.slug) == acts_for
    assert (actor.slug, actor.kind, actor.name, actor.country) == (slug, kind, name, country)


@pytest.mark.parametrize("code", ["USA GOV", "Usa", "ÜSA", "U-S", "GOV" * 9])
def test_what_is_no_code_is_nobody(code: str) -> None:
    assert make_party(code) is None
