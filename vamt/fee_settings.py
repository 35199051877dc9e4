"""`[fees]` of vamt.toml: whether and how the town takes its fees."""

from collections.abc import Iterator

import msgspec

from vamt import fees, girocode
from vamt.errors import Invalid
from vamt.fees import Rules
from vamt.girocode import Account

YEARS = (1, 30)  # least and most


class ProviderConf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A payment provider with the interface XBezahldienste v1; all from its contract."""

    url: str = ""  # of its interface, up to "/paymenttransaction"; empty: none
    token_url: str = ""  # where the token is fetched
    client_id: str = ""
    client_secret: str = ""
    originator: str = ""  # OriginatorId
    end_point: str = ""  # EndPointId


class FeesConf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How fees are taken."""

    policy: str = fees.INACTIVE  # one of fees.POLICIES; a service may have one of its own
    name: str = ""  # of the account, exactly as the bank has it
    iban: str = ""
    bic: str = ""
    prefix: str = "AMT"  # of the Kassenzeichen
    promise_counts: bool = False  # with "required": her word is enough
    provider: ProviderConf = ProviderConf()
    keep_years: int = 10  # the record of what was paid, without the person

    @property
    def rules(self) -> Rules:
        """As the domain knows them."""
        return Rules(
            self.policy, self.prefix, self.promise_counts, account=self.account is not None
        )

    @property
    def account(self) -> Account | None:
        """Where the money goes; None where no fees are taken."""
        if self.policy == fees.INACTIVE and not self.iban:
            return None
        return Account(self.name, girocode.check_iban(self.iban), girocode.check_bic(self.bic))


def faults(conf: FeesConf) -> Iterator[str]:
    """What is wrong, with the key."""
    if conf.policy not in fees.POLICIES:
        yield f"fees.policy: write one of {', '.join(fees.POLICIES)}"
        return
    if not fees.PREFIX.fullmatch(conf.prefix):
        yield "fees.prefix: write 2 to 8 capital letters and digits, a letter first"
    if not YEARS[0] <= conf.keep_years <= YEARS[1]:
        yield f"fees.keep_years: write a number from {YEARS[0]} to {YEARS[1]}"
    if conf.policy == fees.INACTIVE and not conf.iban:
        return
    if not 0 < len(conf.name) <= girocode.NAME_LENGTH:
        yield "fees.name: the account's name exactly as the bank has it, 70 characters at most"
    if conf.provider.url:
        for key in ("url", "token_url"):
            if not getattr(conf.provider, key).startswith(("https://", "http://localhost:")):
                yield f"fees.provider.{key}: write an address that begins with https://"
        for key in ("client_id", "client_secret", "originator", "end_point"):
            if not getattr(conf.provider, key):
                yield f"fees.provider.{key}: is missing"
    for key, check in (("iban", girocode.check_iban), ("bic", girocode.check_bic)):
        try:
            check(getattr(conf, key))
        except Invalid as wrong:
            yield f"fees.{key}: {wrong.message}"
