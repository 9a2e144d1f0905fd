"""What countries number: how it is written, its check digits, and what people call it."""

from __future__ import annotations

from collections.abc import Mapping

from airlock.stages.redact.stage.forms import checks
from airlock.stages.redact.stage.forms.template import PlantedForm

_UK = "[ABDEFGHJLNPQRSTUWXYZ]{2}"
_MBI = "[ACDEFGHJKMNPQRTUVWXY]"
_ID_CARD = "[CFGHJKLMNPRTVWXYZ0-9]"


def _form(context: str, *templates: str, holds: checks.Check = bool) -> PlantedForm:
    return PlantedForm(templates=templates, context=context, holds=holds)


def _acn(numbers: list[int]) -> int:
    return -sum(a * b for a, b in zip(numbers, range(8, 0, -1), strict=True)) % 10


def _medicare(text: str) -> bool:
    numbers = checks.digits(text)
    weights = (1, 3, 7, 9, 1, 3, 7, 9)
    return sum(a * b for a, b in zip(numbers, weights, strict=False)) % 10 == numbers[8]


def _lanr(text: str) -> bool:
    numbers = checks.digits(text)
    return -sum(a * b for a, b in zip(numbers, (4, 9) * 3, strict=False)) % 10 == numbers[6]


def _philippine(text: str) -> bool:
    numbers = checks.digits(text)
    total = sum(a * b for a, b in zip(numbers, range(9, 1, -1), strict=False))
    return total % 11 == numbers[8]


def _pesel(numbers: list[int]) -> int:
    return -sum(a * b for a, b in zip(numbers, (1, 3, 7, 9) * 3, strict=False)) % 10


def _no_palindrome(text: str) -> bool:
    plain = checks.bare(text)
    return checks.verhoeff(text) and plain != plain[::-1]


COUNTRIES: Mapping[str, PlantedForm] = {
    "AU_ABN": _form(
        "Australian business number", "[1-9]# ### ### ###", "[1-9]#{10}", holds=checks.abn
    ),
    "AU_ACN": _form("Australian company number", "### ### ###", "#{9}", holds=checks.last_is(_acn)),
    "AU_MEDICARE": _form("Medicare", "[2-6]### ##### #", "[2-6]#{9}", holds=_medicare),
    "AU_TFN": _form(
        "tax file number",
        *("### ### ###", "#{9}"),
        holds=checks.weighted((1, 4, 3, 7, 5, 8, 6, 9, 10), 11),
    ),
    "CA_POSTAL_CODE": _form("postcode", "[KLMTV]#[A-C] #[EGH]#", "[KLMTV]#[A-C]#[EGH]#"),
    "CA_SIN": _form(
        "SIN",
        *("[1-7]## ### ###", "[1-7]##-###-###", "[1-7]#{8}"),
        holds=checks.luhn,
    ),
    "DE_BSNR": _form("Betriebsstättennummer", "[1-7][1-9]#{7}"),
    "DE_FUEHRERSCHEIN": _form("Führerscheinnummer", "@{2}#{8}[A-Z0-9]"),
    "DE_HANDELSREGISTER": _form("Amtsgericht", "HRB #{5}", "HRA #{4}", "HRB#{6}"),
    "DE_HEALTH_INSURANCE": _form("Krankenversichertennummer", "@#{9}", holds=checks.german_health),
    "DE_ID_CARD": _form(
        "Personalausweis", f"[LMNPRTVWXY]{_ID_CARD}{{7}}#", "T#{8}", holds=checks.icao
    ),
    "DE_KFZ": _form("Kennzeichen", "HH-@{2} ####", "M-@{2}-###", "B @{2} ####", "KA-@ ###E"),
    "DE_LANR": _form("lebenslange Arztnummer", "#{9}", holds=_lanr),
    "DE_PASSPORT": _form("Reisepass", f"C{_ID_CARD}{{7}}#", holds=checks.icao),
    "DE_PLZ": _form("PLZ", "[1-8][1-9]###"),
    "DE_SOCIAL_SECURITY": _form(
        "Rentenversicherungsnummer", "##[0-2][1-9]0[1-9]##@###", holds=checks.german_pension
    ),
    "DE_TAX_ID": _form("Steuer-ID", "[1-9]#{10}", holds=checks.german_tax_id),
    "DE_TAX_NUMBER": _form("Steuernummer", "###/###/#####", "##/###/#####", "0[1-9]#{11}"),
    "DE_VAT_ID": _form("USt-IdNr", "DE[1-9]#{8}", "DE [1-9]## ### ###", holds=checks.mod_11_10),
    "ES_NIE": _form("NIE", "[XYZ]#{7}@", "[XYZ]#{7}-@", holds=checks.spanish),
    "ES_NIF": _form("DNI", "#{8}@", "#{8}-@", holds=checks.spanish),
    "ES_PASSPORT": _form("pasaporte", "@{3}#{6}"),
    "FI_PERSONAL_IDENTITY_CODE": _form(
        "henkilötunnus",
        *("[0-2][1-9]0[1-9]##-[0-8]##[0-9A-Y]", "[0-2][1-9]0[1-9]0#A[0-8]##[0-9A-Y]"),
        holds=checks.finnish,
    ),
    "IN_AADHAAR": _form(
        "Aadhaar",
        *("[2-9]### #### ####", "[2-9]###-####-####", "[2-9]#{11}"),
        holds=_no_palindrome,
    ),
    "IN_GSTIN": _form("GSTIN", "27@{3}P@#{4}@[1-9]Z[0-9A-Z]", holds=checks.gstin),
    "IN_PAN": _form("permanent account number", "@{3}P@#{4}@"),
    "IN_PASSPORT": _form("Indian passport", "[A-PR-W][1-9]# ####[1-9]", "[A-PR-W][1-9]#####[1-9]"),
    "IN_VEHICLE_REGISTRATION": _form("vehicle registration", "MH12@{2}[1-9]###", "DL1C@[1-9]###"),
    "IN_VOTER": _form("voter", "@[ABCDGHJKMNPRSY]@#{7}"),
    "IT_DRIVER_LICENSE": _form("patente di guida", "@{2}#{7}@", "U1[B-HL-N0-9]{7}@"),
    "IT_FISCAL_CODE": _form(
        "codice fiscale",
        "[B-DFGHL-NPR-TV]{6}##[ABCDEHLMPRST][0-2][1-9][A-L]##[1-9]@",
        holds=checks.italian,
    ),
    "IT_IDENTITY_CARD": _form("carta di identità", "C@#{5}@{2}", "@{2}#{7}", "@{2} #{7}"),
    "IT_PASSPORT": _form("passaporto", "Y@#{7}"),
    "IT_VAT_CODE": _form("partita IVA", "0#{10}", holds=checks.luhn),
    "KR_BRN": _form("사업자등록번호", "###-##-#####", "#{10}", holds=checks.korean_business),
    "KR_DRIVER_LICENSE": _form("운전면허번호", "11-##-######-##", "28-##-######-##"),
    "KR_FRN": _form(
        "외국인등록번호", "[89]#0[1-9][0-2][1-9]-[5-8]#{6}", holds=checks.korean_resident
    ),
    "KR_PASSPORT": _form("여권", "M###@####", "M#{8}"),
    "KR_RRN": _form(
        "주민등록번호", "[5-9]#0[1-9][0-2][1-9]-[12]#{6}", holds=checks.korean_resident
    ),
    "NG_NIN": _form("national identification number", "#{11}", holds=checks.verhoeff),
    "NG_VEHICLE_REGISTRATION": _form("plate number", "@{3}-###@{2}", "@{3} ###@{2}"),
    "PH_PASSPORT": _form("passport number", "P#{7}@"),
    "PH_TIN": _form("TIN", "###-###-###", "###-###-###-000", holds=_philippine),
    "PH_UMID": _form("UMID", "####-#######-#"),
    "PL_PESEL": _form("PESEL", "##0[1-9][0-2][1-9]#{5}", holds=checks.last_is(_pesel)),
    "SE_ORGANISATIONSNUMMER": _form(
        "organisationsnummer", "55[2-9]###-####", "55[2-9]#{7}", holds=checks.luhn
    ),
    "SE_PERSONNUMMER": _form(
        "personnummer",
        "[4-9]#0[1-9][0-2][1-9]-####",
        "[4-9]#0[1-9][0-2][1-9]####",
        holds=checks.luhn,
    ),
    "SG_NRIC_FIN": _form("NRIC", "[STFG]#{7}@", holds=checks.singaporean),
    "SG_UEN": _form("UEN", "#{8}@", "200##{5}@", holds=checks.singaporean_firm),
    "TH_TNIN": _form("Thai National ID", "[1-8][134]#{11}", holds=checks.thai),
    "TR_LICENSE_PLATE": _form("plaka", "34 [A-P]{2} ####", "06 [A-P] ####", "35[A-P]{3}###"),
    "TR_NATIONAL_ID": _form("TC kimlik", "[1-9]#{10}", holds=checks.turkish),
    "UK_DRIVING_LICENCE": _form("driving licence", "@{5}#0[1-9][0-2][1-9]#@{2}#@{2}"),
    "UK_NHS": _form("NHS", "### ### ####", "###-###-####", "#{10}", holds=checks.nhs),
    "UK_NINO": _form(
        "national insurance", "[A-CEH][A-CEH]#{6}[A-D]", "[A-CEH][A-CEH] ## ## ## [A-D]"
    ),
    "UK_PASSPORT": _form("passport", "@{2}#{7}"),
    "UK_POSTCODE": _form("postcode", f"[BGLMNS][1-9] #{_UK}", f"[BGLMNS][1-9]# #{_UK}"),
    "UK_VEHICLE_REGISTRATION": _form(
        "vehicle registration", "[A-H]{2}1# [A-H]{3}", "[A-H]{2}6#[A-H]{3}"
    ),
    "US_BANK_NUMBER": _form("bank account", "#{10}", "#{12}"),
    "US_CLAIM_NUMBER": _form("claim", "CLM-#{8}", "CLM#{10}"),
    "US_DRIVER_LICENSE": _form("driver license", "@#{7}", "@#{8}", "@{2}#{6}"),
    "US_HEALTH_INSURANCE_MEMBER_ID": _form("member", "@{3}#{9}", "@#{9}"),
    "US_ITIN": _form("individual taxpayer", "9##-7#-####", "9## 8[0-8] ####"),
    "US_MBI": _form(
        "Medicare MBI",
        f"[1-9]{_MBI}#[0-9]-{_MBI}#[0-9]-{_MBI}{{2}}##",
        f"[1-9]{_MBI}##{_MBI}##{_MBI}{{2}}##",
    ),
    "US_NPI": _form("NPI", "1#{9}", "1###-###-###", holds=checks.npi),
    "US_PASSPORT": _form("United States passport", "[AB]#{8}", "[1-9]#{8}"),
    "US_PRESCRIPTION_NUMBER": _form("prescription", "RX-#{7}", "RX#{9}"),
    "US_PRIOR_AUTHORIZATION_NUMBER": _form("prior authorization", "PA-#{8}", "PA#{10}"),
    "US_PROVIDER_TAX_ID": _form("provider tax ID", "12-#{7}", "36-#{7}"),
    "US_REFERRAL_NUMBER": _form("referral", "REF-#{8}", "INF-#{8}"),
    "ZA_COMPANY_REGISTRATION": _form("company registration", "20[01]#/#{6}/07", "CK19[5-9]#/#{6}"),
    "ZA_DRIVER_LICENSE": _form("driving licence", "#{8}@{3}"),
    "ZA_ID_NUMBER": _form("identity number", "[5-9]#0[1-9][0-2][1-9]#{4}08#", holds=checks.luhn),
    "ZA_INCOME_TAX_NUMBER": _form("SARS tax reference", "[0129]#{9}"),
    "ZA_LICENSE_PLATE": _form("license plate", "@{2} ## @{2} GP", "@{3} ### WP"),
    "ZA_MOBILE_NUMBER": _form("mobile", "+27 82 ### ####", "082 ### ####"),
    "ZA_PASSPORT": _form("passport", "[ADMT]#{8}"),
    "ZA_TELEPHONE_NUMBER": _form("telephone", "+27 21 46# ####", "021 46# ####"),
    "ZA_TRAFFIC_REGISTER_NUMBER": _form(
        "traffic register number", "99#{11}", holds=lambda text: not checks.luhn(text)
    ),
    "ZA_VAT_NUMBER": _form("VAT number", "4#{9}"),
}
