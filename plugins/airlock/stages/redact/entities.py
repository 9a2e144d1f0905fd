"""The kinds of identifiers, by Presidio's names."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator

from airlock.hooks import registry

PatternEntity = Literal[
    "ABA_ROUTING_NUMBER",
    "AU_ABN",
    "AU_ACN",
    "AU_MEDICARE",
    "AU_TFN",
    "CA_POSTAL_CODE",
    "CA_SIN",
    "CREDIT_CARD",
    "CRYPTO",
    "DATE_TIME",
    "DE_BSNR",
    "DE_FUEHRERSCHEIN",
    "DE_HANDELSREGISTER",
    "DE_HEALTH_INSURANCE",
    "DE_ID_CARD",
    "DE_KFZ",
    "DE_LANR",
    "DE_PASSPORT",
    "DE_PLZ",
    "DE_SOCIAL_SECURITY",
    "DE_TAX_ID",
    "DE_TAX_NUMBER",
    "DE_VAT_ID",
    "EMAIL_ADDRESS",
    "ES_NIE",
    "ES_NIF",
    "ES_PASSPORT",
    "FI_PERSONAL_IDENTITY_CODE",
    "IBAN_CODE",
    "IN_AADHAAR",
    "IN_GSTIN",
    "IN_PAN",
    "IN_PASSPORT",
    "IN_VEHICLE_REGISTRATION",
    "IN_VOTER",
    "IP_ADDRESS",
    "IT_DRIVER_LICENSE",
    "IT_FISCAL_CODE",
    "IT_IDENTITY_CARD",
    "IT_PASSPORT",
    "IT_VAT_CODE",
    "KR_BRN",
    "KR_DRIVER_LICENSE",
    "KR_FRN",
    "KR_PASSPORT",
    "KR_RRN",
    "MAC_ADDRESS",
    "MEDICAL_LICENSE",
    "NG_NIN",
    "NG_VEHICLE_REGISTRATION",
    "PHONE_NUMBER",
    "PH_PASSPORT",
    "PH_TIN",
    "PH_UMID",
    "PL_PESEL",
    "SE_ORGANISATIONSNUMMER",
    "SE_PERSONNUMMER",
    "SG_NRIC_FIN",
    "SG_UEN",
    "TH_TNIN",
    "TR_LICENSE_PLATE",
    "TR_NATIONAL_ID",
    "UK_DRIVING_LICENCE",
    "UK_NHS",
    "UK_NINO",
    "UK_PASSPORT",
    "UK_POSTCODE",
    "UK_VEHICLE_REGISTRATION",
    "URL",
    "US_BANK_NUMBER",
    "US_CLAIM_NUMBER",
    "US_DRIVER_LICENSE",
    "US_HEALTH_INSURANCE_MEMBER_ID",
    "US_ITIN",
    "US_MBI",
    "US_NPI",
    "US_PASSPORT",
    "US_PRESCRIPTION_NUMBER",
    "US_PRIOR_AUTHORIZATION_NUMBER",
    "US_PROVIDER_TAX_ID",
    "US_REFERRAL_NUMBER",
    "US_SSN",
    "UUID",
    "ZA_COMPANY_REGISTRATION",
    "ZA_DRIVER_LICENSE",
    "ZA_ID_NUMBER",
    "ZA_INCOME_TAX_NUMBER",
    "ZA_LICENSE_PLATE",
    "ZA_MOBILE_NUMBER",
    "ZA_PASSPORT",
    "ZA_TELEPHONE_NUMBER",
    "ZA_TRAFFIC_REGISTER_NUMBER",
    "ZA_VAT_NUMBER",
]
"""What has a form, and is found without a language model; which of it depends on the language."""

NamedEntity = Literal["PERSON", "LOCATION", "ORGANIZATION", "NRP", "AGE", "ID"]
"""What only a language model finds. `NRP` is a nationality, a religion or a political group."""

Residual = Literal[
    "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS", "US_SSN", "OWN_VALUE"
]
"""What the scan after the redaction looks for; `OWN_VALUE` is one of the row's own identifiers."""

_PATTERNS: frozenset[str] = frozenset(get_args(PatternEntity))
_ALL = sorted({*_PATTERNS, *get_args(NamedEntity)})


def is_pattern(entity: str) -> bool:
    """Whether an entity is found without a language model."""
    return entity in _PATTERNS or entity in registry.recognizers()


def _known(entity: str) -> str:
    if entity in _ALL or entity in registry.recognizers():
        return entity
    near = get_close_matches(entity, [*_ALL, *registry.recognizers()], n=3, cutoff=0.3)
    raise ValueError(f"no such entity; perhaps {', '.join(near or _ALL[:3])}")


Entity = Annotated[str, AfterValidator(_known)]
"""One of both."""
