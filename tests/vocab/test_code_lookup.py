"""Lookups of countries, organizations and event types by code or name."""

import pytest

from app.vocab.code_lookup import (
    AmbiguousCode,
    UnknownCode,
    classify_code,
    get_country,
    get_organization,
    list_meanings,
)
from app.vocab.countries import CODE_SCHEMES, Country, get_areas, get_countries
from app.vocab.organizations import get_organizations

EVERY_COUNTRY = pytest.mark.parametrize("country", get_countries().values(), ids=lambda c: c.iso3)


@EVERY_COUNTRY
def test_every_code_of_a_country_finds_it(country: Country) -> None:
    for scheme in CODE_SCHEMES:
        for code in country.codes[scheme]:
            assert get_country(f"{scheme}:{code}") is country
            assert get_country(code.lower(), scheme) is country


@EVERY_COUNTRY
def test_every_bare_code_and_name_of_a_country_finds_it(country: Country) -> None:
    for text in (country.iso3, country.iso2, country.name, *country.aliases):
        assert get_country(text) is country
        assert get_country(text.upper()) is country


def test_the_table_of_countries_is_whole() -> None:
    assert len(get_countries()) == 250
    assert all(country.iso2 for country in get_countries().values())
    assert [country.iso3 for country in get_countries().values() if not country.region] == ["ATA"]


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        ("PRK", "PRK"),
        ("kp", "PRK"),
        (" North Korea ", "PRK"),
        ("DPRK", "PRK"),
        ("Democratic People's Republic of Korea", "PRK"),
        ("ROK", "KOR"),
        ("Republic of Korea", "KOR"),
        ("Russian Federation", "RUS"),
        ("UK", "GBR"),
        ("U.S.", "USA"),
        ("the Gambia", "GMB"),
        ("Ivory Coast", "CIV"),
        ("Côte d’Ivoire", "CIV"),
        ("COTE D'IVOIRE", "CIV"),
        ("St. Kitts & Nevis", "KNA"),
        ("Turkey", "TUR"),
        ("Viet Nam", "VNM"),
        ("DR Congo (Zaire)", "COD"),
        ("Myanmar (Burma)", "MMR"),
        ("Bosnia-Herzegovina", "BIH"),
        ("Kosovo", "XKX"),
        ("NA", "NAM"),
        ("name:Chad", "TCD"),
        ("KN", "KNA"),
        ("fips:KN", "PRK"),
        ("FIPS:kn", "PRK"),
        ("fips:KS", "KOR"),
        ("fips:CH", "CHN"),
        ("fips:RS", "RUS"),
        ("fips:IS", "ISR"),
        ("fips:RB", "SRB"),
        ("iso-numeric:408", "PRK"),
        ("iso-numeric:8", "ALB"),
        ("gw:731", "PRK"),
        ("gw:345", "SRB"),
        ("gw:340", "SRB"),
        ("gw:365", "RUS"),
        ("gw:678", "YEM"),
        ("cow:679", "YEM"),
        ("cow:255", "DEU"),
        ("gw:970", "KIR"),
        ("cow:970", "NRU"),
        ("cameo:ROM", "ROU"),
        ("cameo:ROU", "ROU"),
        ("cameo:TMP", "TLS"),
        ("cameo:WSB", "PSE"),
        ("cameo:SSD", "SSD"),
        ("wikidata:Q423", "PRK"),
    ],
)
def test_a_country(text: str, iso3: str) -> None:
    assert get_country(text).iso3 == iso3


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("Korea", {"PRK", "KOR"}),
        ("congo", {"COD", "COG"}),
        ("name:Virgin Islands", {"VGB", "VIR"}),
        ("360", {"IDN", "ROU"}),
        ("970", {"KIR", "NRU"}),
    ],
)
def test_an_ambiguous_text_lists_what_it_may_be(text: str, readings: set[str]) -> None:
    with pytest.raises(AmbiguousCode) as error:
        get_country(text)
    assert {reading.value for reading in error.value.readings} == readings
    assert all(get_countries()[iso3].name in str(error.value) for iso3 in readings)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("731", "did you mean gw:731 or cow:731 (North Korea)?"),
        ("KS", "did you mean fips:KS (South Korea)?"),
        ("ROM", "did you mean cameo:ROM (Romania)?"),
        ("Rusia", "did you mean 'Russia'"),
        ("fps:KN", "unknown scheme 'fps'; did you mean 'fips'?"),
        ("qqqq:KN", "the schemes are iso3, iso2,"),
        ("cameo:EUR", "cameo:EUR is Europe, which is not a country"),
        ("fips:OS", "fips:OS is Oceans, which is not a country"),
        ("gw:9999", "no country has the gw '9999'"),
        ("", "an empty text does not name a country"),
    ],
)
def test_an_unknown_text_says_the_way_out(text: str, hint: str) -> None:
    with pytest.raises(UnknownCode) as error:
        get_country(text)
    assert hint in str(error.value)


def test_the_25_regions_of_cameo_are_no_countries() -> None:
    assert len([area for scheme, area in get_areas() if scheme == "cameo"]) == 26
    assert get_areas()["cameo", "ANT"].label == "Netherlands Antilles"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("nato", "nato"),
        ("North Atlantic Treaty Organization", "nato"),
        ("cameo:NAT", "nato"),
        ("cameo:IGOWSTNAT", "nato"),
        ("UNO", "united-nations"),
        ("un security council", "un-security-council"),
        ("EU", "european-union"),
        ("OPEC", "opec"),
        ("OPEC+", "opec-plus"),
        ("Red Cross", "red-cross"),
        ("ICRC", "icrc"),
    ],
)
def test_an_organisation(text: str, slug: str) -> None:
    assert get_organization(text).slug == slug


def test_an_organisation_belongs_to_one_that_exists() -> None:
    assert all(
        each.part_of in (None, *get_organizations()) for each in get_organizations().values()
    )


def test_an_unknown_organisation_names_the_nearest() -> None:
    with pytest.raises(UnknownCode, match="did you mean"):
        get_organization("North Atlantic Treaty Organisatoin")


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("KN", ["iso2:KN country KNA", "fips:KN country PRK"]),
        ("042", ["cameo:042 event-type visit"]),
        ("cameo:106", ["cameo:106 event-type demand"]),
        ("731", ["gw:731 country PRK", "cow:731 country PRK"]),
        ("CONSULT/visit", ["plover:CONSULT/visit event-type visit"]),
        ("plover:consult/visit/diplomatic", ["plover:consult/visit/diplomatic event-type visit"]),
        ("Mob violence", ["acled:Mob violence event-type riot"]),
        ("acled:Riots/Mob violence", ["acled:Riots/Mob violence event-type riot"]),
        ("ucdp:3", ["ucdp:3 event-type attack-on-civilians"]),
        ("EUR", ["cameo:EUR area None"]),
        ("NATO", ["name:NATO organisation nato"]),
        ("summit", ["name:summit event-type summit"]),
        ("Korea", ["name:Korea country KOR", "name:Korea country PRK"]),
        ("nothing at all", []),
        ("", []),
    ],
)
def test_every_reading_of_a_text(text: str, readings: list[str]) -> None:
    found = [f"{each.scheme}:{each.code} {each.kind} {each.value}" for each in list_meanings(text)]
    assert found == readings


def test_readings_of_an_unknown_scheme_are_an_error() -> None:
    with pytest.raises(UnknownCode, match="did you mean 'cameo'"):
        list_meanings("camoe:042")


@pytest.mark.parametrize(
    ("scheme", "code", "event_type"),
    [
        ("cameo", "042", "visit"),
        ("plover", "RETREAT/ceasefire/military", "ceasefire"),
        ("plover", "AID", "aid"),
        ("acled", "Battles", "armed-clash"),
        ("acled", "Battles/Armed clash", "armed-clash"),
        ("acled", "Air/drone strike", "air-strike"),
        ("acled", "", "other"),
        ("ucdp", "2", "armed-clash"),
        ("ucdp", "9", "other"),
    ],
)
def test_the_type_of_a_foreign_code(scheme: str, code: str, event_type: str) -> None:
    assert classify_code(scheme, code) == event_type


def test_a_scheme_without_events_has_no_types() -> None:
    with pytest.raises(UnknownCode, match="unknown scheme 'gw'"):
        classify_code("gw", "731")
