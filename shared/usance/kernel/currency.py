"""ISO 4217: which currencies there are and how many decimals their minor unit has.

The exponents are ISO's, not what a locale prefers to show (the rupiah has two here, as it has in every bank file).
Codes that nobody is invoiced in are left out: metals, bond units, accounting units of banks, tests. BGN left ISO's
list when Bulgaria took the euro in 2026; it stays, because documents issued before may still need a correction.
"""

from __future__ import annotations

_DECIMALS: dict[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
    CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD
    HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED
    VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

EXPONENTS: dict[str, int] = {code: places for places, codes in _DECIMALS.items() for code in codes.split()}
"""Decimals of the minor unit by currency code: JPY 0, USD 2, KWD 3."""


def exponent(currency: str) -> int:
    """Decimals of a currency's minor unit. Raises ValueError for what is not a current ISO 4217 code."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise ValueError(f"{currency!r} is not an ISO 4217 currency code such as USD") from None
