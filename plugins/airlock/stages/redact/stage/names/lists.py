"""Words that are no names in themselves, and short forms of names; read when first needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent

# Of other languages those that are surnames as well and written small.
_OTHER_LANGUAGES = frozenset(
    """
    klein kleine gross grosse lang lange kurz jung junge alt alte weiss weisse schwarz braun
    rot roth grun blau reich arm krank gesund stark ernst fromm frei froh gut gute schon
    schone neu neue hart hoch tief breit schmal dick dunn kalt warm heiss morgen abend heute
    wild still laut bald sommer winter herbst stern berg bach wald stein fuchs wolf hahn
    vogel fisch koch bauer richter kaiser konig petit petite grand grande blanc blanche noir
    noire brun bon bonne roux gros vert long jeune leal bueno buena rubio moreno blanco
    delgado bravo bello rico gallo rosso bianco bianchi nero neri bruno grasso forte piccolo
    basso alto gatto leone novo nova silva costa rosa
    """.split()
)
_CALENDAR = frozenset(
    """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday
    friday saturday sunday januar februar marz mai juni juli oktober dezember montag
    dienstag mittwoch donnerstag freitag samstag sonntag avril juin aout enero abril mayo
    junio julio agosto easter christmas summer winter spring autumn
    """.split()
)

# Written with a capital in English, and of nobody in particular.
_NATIONALITIES = frozenset(
    """
    afghan african albanian algerian american angolan arab arabian argentine argentinian armenian
    asian australian austrian azerbaijani bahraini bangladeshi basque belarusian belgian bolivian
    bosnian brazilian british bulgarian burmese cambodian cameroonian canadian catalan chechen
    chilean chinese colombian congolese croatian croat cuban cypriot danish dane dutch
    ecuadorian egyptian english eritrean estonian ethiopian european filipino finnish finn flemish
    french gabonese georgian german ghanaian greek guatemalan haitian hispanic honduran hungarian
    icelandic indian indonesian iranian iraqi irish israeli italian ivorian jamaican japanese
    jordanian kazakh kenyan korean kosovar kurd kurdish kuwaiti kyrgyz lao latino latvian lebanese
    liberian libyan lithuanian luxembourgish macedonian malagasy malaysian malian maltese mexican
    moldovan mongolian moroccan mozambican namibian nepalese nicaraguan nigerian norwegian omani
    pakistani palestinian panamanian paraguayan persian peruvian polish portuguese puerto qatari
    romanian russian rwandan saudi scottish senegalese serb serbian singaporean slovak slovene
    slovenian somali soviet spaniard spanish sudanese swede swedish swiss syrian taiwanese tajik
    tanzanian thai tibetan tunisian turk turkish turkmen ugandan ukrainian uruguayan uzbek
    venezuelan vietnamese welsh yemeni yugoslav zairean zambian zimbabwean
    buddhist catholic christian hindu jew jewish moslem muslim protestant shiite sikh sunni
    deutsch deutsche deutscher deutschen franzose franzosin spanier italiener pole polin russe
    """.split()
)
# A name as well, and then somebody's.
_NATIONALITIES -= frozenset("christian dane finn pole".split())

ABBREVIATIONS = frozenset("eg ie ps am pm us uk un eu ea fc ac st zb dh nb po ua od no co".split())
"""That look like initials."""


@cache
def common_words() -> frozenset[str]:
    """Words that say nothing about a person, squeezed."""
    listed = json.loads((_HERE / "common_words.json").read_text(encoding="utf-8"))
    return _OTHER_LANGUAGES | _CALENDAR | frozenset(" ".join(listed["words"]).split())


def is_common(word: str) -> bool:
    """Whether a squeezed word is one of them, or its plural."""
    words = common_words()
    return word in words or (word.endswith("s") and word[:-1] in words)


def is_calendar(word: str) -> bool:
    """Whether a word is written with a capital, though it is no name."""
    return word in _CALENDAR


@cache
def _nicknames() -> Mapping[str, frozenset[str]]:
    listed = json.loads((_HERE / "nicknames.json").read_text(encoding="utf-8"))["names"]
    return {name: frozenset(short.split()) for name, short in listed.items()}


def nicknames(name: str) -> frozenset[str]:
    """Short forms of a given name; both squeezed."""
    return _nicknames().get(name, frozenset())


@cache
def _given_names() -> frozenset[str]:
    return frozenset(_nicknames()) | frozenset().union(*_nicknames().values())


def is_given_name(word: str) -> bool:
    """Whether somebody may be called so."""
    return word in _given_names()


def is_nationality(word: str) -> bool:
    """Whether a squeezed word says of which people or creed somebody is, also in the plural."""
    return word in _NATIONALITIES or (word.endswith("s") and word[:-1] in _NATIONALITIES)


_STREET_WORDS = frozenset(
    """
    street st road rd lane ln avenue ave drive dr court ct place pl square sq way close terrace
    boulevard blvd crescent grove gardens hill mews parade parkway highway rue strasse str weg platz
    gasse allee via calle plaza avenida apt apartment flat suite unit floor
    """.split()
)


def is_street_word(word: str) -> bool:
    """Whether a squeezed word calls something a street or a part of a house."""
    return word in _STREET_WORDS
