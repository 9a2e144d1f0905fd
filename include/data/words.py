"""The word lists that people, places and telephone numbers are made of: all invented."""

from __future__ import annotations

from dataclasses import dataclass

_GIVEN = """
    Maria Zoë Søren Ingrid Amara Tobias Leila Mateus Priya Jonas Chloé Dmitri Yusuf Hanna Kwame
    Elif Oscar Noémie Tariq Greta Luca Saoirse Emeka Freya Anton Mei Rafael Nadia Björn Isolde
    Callum Renata Hugo Aiko Pascal Thandi Viktor Odette Samir Linnea Gareth Paloma Idris Marthe
    Felix Shreya Leopold Bronwyn Andrej Jasmin Cedric Oluchi Henrik Tamsin Goran Yvaine
    """
GIVEN_NAMES = tuple(_GIVEN.split())

_FAMILY = """
    Lindqvist Abernath Okonjo Brückner Delacourt Ferreiro Haldane Iyengar Jankowiak Kettleby
    Lamoureux Mbekani Nørgard Osterfeld Pemberwick Quilliam Rasmusson Sandoval Tremaine Uzelac
    Vandermeer Westerholt Yamashiro Zielinska Ashgrove Bellweather Castellane Drummore Eichwald
    Fairbourne Grünwald Hollister Ibarrola Jessop Kovarik Lefebvrier Marchetti Nightingall
    O'Dowd Petrossian Radcliff-Moss Silvestrin Thornbury Umarov Villanova Wickstead Ó-Brolain
    Adeyinka Bjornstad Cholmond Dellinger Estevez-Roy Farnsworth Gallowhill Hirschel Kandinska
    """
FAMILY_NAMES = tuple(_FAMILY.split())

MAIL_DOMAINS = (
    "example.com",
    "example.org",
    "example.net",
    "mail.example.com",
    "post.example.net",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """How people of one region live and are called.

    Attributes:
        phones: formats with `{three}`, or `{pair}` and `{other}`, for the free digits. Only
            ranges that the regulator keeps free for fiction (Bundesnetzagentur, Arcep, Ofcom,
            NANPA 555-01xx), so that no number rings at a real person's; each is valid to
            libphonenumber.
        address: a format of `{number}`, `{street}`, `{town}` and `{code}`.
    """

    phones: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[str, ...]
    address: str


REGIONS = {
    "dach": Region(
        phones=(
            "+49 30 23125 {three}",
            "030 23125 {three}",
            "+49 69 90009 {three}",
            "040/66969{three}",
            "(089) 99998 {three}",
            "+49 221 4710 {three}",
        ),
        streets=("Lindenweg", "Am Mühlbach", "Kastanienallee", "Neue Gasse", "Uferstraße"),
        towns=("Altenhain", "Grünbruck", "Seefelden", "Marienkirch", "Oberwiesau"),
        address="{street} {number}, {code} {town}",
    ),
    "france": Region(
        phones=(
            "+33 1 99 00 {pair} {other}",
            "01 99 00 {pair} {other}",
            "+33 2 61 91 {pair} {other}",
            "+33.4.65.71.{pair}.{other}",
        ),
        streets=("rue des Tilleuls", "allée du Moulin", "quai Sainte-Aure", "place des Forges"),
        towns=("Valcourt-sur-Lys", "Montbrisac", "Saint-Aubrac", "Clairefont"),
        address="{number} {street}, {code} {town}",
    ),
    "uk_ireland": Region(
        phones=("+44 20 7946 0{three}", "020 7946 0{three}", "+44 161 496 0{three}"),
        streets=("Harbour Lane", "Wren's Court", "Old Tannery Road", "St Bryde's Hill"),
        towns=("Eastmere", "Coldharrow", "Pennywick", "Little Astbury"),
        address="{number} {street}, {town} EM{code}",
    ),
    "north_america": Region(
        phones=("+1 212-555-01{pair}", "(415) 555-01{pair}", "312.555.01{pair}"),
        streets=("Juniper Ave", "Quarry Blvd", "Old Mill Rd", "Sycamore Ct", "N 48th St"),
        towns=("Fairhollow, OR", "Cedar Bluffs, OH", "Port Lorne, ON", "Marlow Springs, CO"),
        address="{number} {street}, {town} {code}",
    ),
}
