"""Generated texts that hold identifiers of several countries, things close to them, and traps."""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence

from include.data.people import luhn_digit

OTHER_SCRIPTS = 0.10  # of the texts
HOSTILE = 0.08
SOUP = 0.10
HIDDEN = 0.03  # hold what only another reading shows

_WORDS: Mapping[str, Sequence[str]] = {
    "en": (
        "customer called about the last invoice and wants a refund of the card payment please "
        "my phone number is changed send an email to bank account ssn passport driver license "
        "date of birthday wallet bitcoin website link ip address mac uuid medical certificate "
        "taxpayer social security nhs iban transaction check mobile: the is at on or be: visa"
    ).split(),
    "es": (
        "el cliente llamó por la factura DNI NIF tarjeta credito número de identificación NIE "
        "telefono email iban bank transaction"
    ).split(),
    "it": (
        "il cliente ha chiamato codice fiscale partita iva patente di guida carta identità "
        "passaporto documento phone date cf"
    ).split(),
    "pl": "klient dzwonił w sprawie faktury PESEL numer phone url link bank iban".split(),
}
_OTHER_SCRIPTS = (
    "größer Straße Müller résumé naïve São João 客户电话 号码 Ζωή κλήση телефон номер кредит "
    "٠١٢٣٤٥٦ １２３ éa ﬁn İstanbul ſecurity Kartei ①② 😀 €20 £5"
).split()


def texts(count: int, *, seed: int, language: str = "en") -> Iterator[str]:
    """Texts of some ten words."""
    chance = random.Random(f"{seed} {language}")
    for _ in range(count):
        yield _text(chance, language)


def _text(chance: random.Random, language: str) -> str:
    fate = chance.random()
    if fate < HOSTILE:
        return _hostile(chance)
    if fate < HOSTILE + SOUP:
        return "".join(
            chance.choices(_SOUPS[chance.randrange(len(_SOUPS))], k=chance.randint(5, 60))
        )
    words = chance.choices(_WORDS[language], k=chance.randint(2, 9))
    if chance.random() < OTHER_SCRIPTS:
        words += chance.choices(_OTHER_SCRIPTS, k=chance.randint(1, 3))
    words += [chance.choice(_MAKERS)(chance) for _ in range(chance.randint(0, 3))]
    chance.shuffle(words)
    text = chance.choice((" ", " ", " ", " ", ", ", "  ", "\n", "; ", "")).join(words)
    return _hidden(chance, text) if chance.random() < HIDDEN else text


def _hidden(chance: random.Random, text: str) -> str:
    return chance.choice(
        (
            text.translate({ord(c): ord(c) + 0xFEE0 for c in string.digits + "@"}),
            "\u200b".join(text),
            text.replace("@", "\\u0040").replace(" ", "\\n"),
        )
    )


def _hostile(chance: random.Random) -> str:
    piece = chance.choice(_TRAPS)
    return (piece * 40)[: chance.randint(3, 60)] + chance.choice(("", "@a.org", " 4155550189", "!"))


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choices(string.digits, k=count))


def _filled(chance: random.Random, form: str) -> str:
    return "".join(chance.choice(string.digits) if c == "#" else c for c in form)


def _phone(chance: random.Random) -> str:
    return _filled(chance, chance.choice(_PHONES))


def _card(chance: random.Random) -> str:
    payload = chance.choice("34516") + _digits(chance, 14)
    check = luhn_digit(payload) if chance.random() < 0.7 else chance.choice(string.digits)
    number = f"{payload}{check}"
    between = chance.choice(("", " ", "-", "."))
    return between.join(number[at : at + 4] for at in range(0, 16, 4))


def _email(chance: random.Random) -> str:
    host = (
        "example.org",
        "mail.co.uk",
        "crm.intern",
        "bücher.de",
        "a.b.example.com",
        "host",
        "x.123",
    )
    name = ("maria.ek", "o'dowd", "a/b", "m_1+tag", "Zoë", "x?y")
    return f"{chance.choice(name)}@{chance.choice(host)}"


_TRAPS = (
    "a.a.|a@|!|1 |1|+1(2|AB12 |1.1.1:|((|1-|x|a:|192.168.|00|16|/1|:|1x|12 ext 3|\\u0|'s |4000 |"
    "ab-|http://a|::"
).split("|")
_PHONES = (
    "+49 30 #######|030 ##### ###|(415) 555-01##|415.555.01##|+1-415-555-01##|+33 1 ## ## ## ##|"
    "01 99 00 ## ##|020 7946 0###|+44 (0)20 7946 0###|98765#####|+55 11 9####-####|16##|0161|"
    "0 15 11 9#### ####|+972 3-###-####|0049 30 ######|+49 89 99998### / 415 555 01##|######|"
    "555-01## ext. ##|tel:+4930######|1-800-555-01## x12|2026-######|####-##-## ##:##|########|"
    "011 49 30 #######|(089) 99998 ###|+#########|#### #### ####|##########|###########|"
    "0800 ### ####|00 972 ## ### ####|+49 (0) 30 ####|1 ### ### ####|55 11 9#### ####|9155#######"
).split("|")
_IBANS = (
    *("DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606"),
    *("DE89370400440532013001", "NL91 ABNA 0417 1643 00 2 days", "iban: ES9121000418450200051332"),
)
_URLS = (
    *("https://example.org/a?b=1", "www.example.com", "'http://x.co.uk'", '"shop.example.de/cart"'),
    *("example.c", "foo.bar.museum", "a-b.info/x", "HTTPS://EXAMPLE.ORG", "file.name"),
)
_ADDRESSES = (
    *("192.168.17.4", "256.1.1.1", "2001:db8::1", "fe80::1%eth0", "::", "::ffff:10.0.0.1/96"),
    *("10.0.0.1/24", "1:2:3:4:5:6:7:8", "00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "0012.3456.789A"),
)
_DATES = (
    *("2026-01-05T10:00:00Z", "12/31/2026", "31.12.26", "5-JAN-26", "JAN-2026", "1/26", "2026/1/5"),
    *("3/10/2011 5551234", "2012-01-02 08:00", "2026-02-30"),
)
_NUMBERED = (
    *(
        "536-90-####",
        "536 90 ####",
        "#########",
        "9##-7#-####",
        "A########",
        "AB######",
        "X#######",
    ),
    *(
        "943 476 5919",
        "943476####",
        "bb#######",
        "A9#######",
        "12345678Z",
        "X1234567L",
        "#######AB",
    ),
    *(
        "02070803628",
        "44051401359",
        "12345 678 901",
        "AA0000000A",
        "U1BCD1234X",
        "RSSMRA85T10A562S",
    ),
    *("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "W1#E#"),
)


def _numbered(chance: random.Random) -> str:
    return _filled(chance, chance.choice(_NUMBERED))


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128)))


def _one_of(several: Sequence[str]) -> Callable[[random.Random], str]:
    return lambda chance: chance.choice(several)


_MAKERS = (
    *(_phone, _phone, _phone, _card, _email, _email, _numbered, _numbered, _numbered, _uuid),
    *(_one_of(_IBANS), _one_of(_URLS), _one_of(_ADDRESSES), _one_of(_DATES)),
)
_SOUPS = (
    string.digits + " -+()./x",
    string.hexdigits + ":.-/ ",
    "abc.@-_'/\\\"" + string.digits,
    string.ascii_uppercase + string.digits * 3 + " -",
    "éß٣１ \u200b@.ab12-",
)
