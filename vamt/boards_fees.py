"""What the pages show of fees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vamt import fee_messages as wire
from vamt import fees, girocode, states
from vamt.booking import Appointment, Service, in_language
from vamt.errors import N_
from vamt.fees import Charge, Rules
from vamt.girocode import Account
from vamt.i18n import Language

WAYS = {
    "electronic": N_("electronically"),
    "paper": N_("on paper"),
    "posted": N_("by post"),
}


@dataclass(frozen=True, slots=True)
class FeeBoards:
    """Words charges for both sides."""

    services: Mapping[str, Service]
    rules: Rules
    account: Account | None
    online: bool = False  # there is a provider

    def citizen(
        self, charges: Sequence[Charge], language: Language, reads: Sequence[str]
    ) -> list[wire.ChargeView]:
        """What she is asked for, and what is settled; nothing that was a mistake."""
        return [self._charge(one, language, reads, True) for one in charges if one.counts]

    def desk(
        self, charges: Sequence[Charge], person: Appointment, language: Language
    ) -> list[wire.FeeView]:
        """The errands of this person that may cost something; none where no fees are taken."""
        if not self.rules.active:
            return []
        known = (self.services.get(id) for id in (person.service, *person.also))
        return [
            self._errand(one, charges, language)
            for one in known
            if one
            and self.rules.of(one) != fees.INACTIVE
            and any(cents != 0 for cents in one.fees.values())
        ]

    def _errand(
        self, errand: Service, charges: Sequence[Charge], language: Language
    ) -> wire.FeeView:
        charge = next((one for one in charges if one.service == errand.id and one.counts), None)
        reads = (language.code,)
        return wire.FeeView(
            service=errand.id,
            name=in_language(errand.name, *reads),
            choices=[
                wire.FeeChoice(
                    channel,  # type: ignore[arg-type]
                    language.text(WAYS[channel]),
                    cents,
                    "" if cents is None else amount(cents, language),
                )
                for channel, cents in errand.fees.items()
            ],
            waivers=[in_language(words, *reads) for words in errand.waivers],
            charge=self._charge(charge, language, reads, False) if charge else None,
            policy=self.rules.of(errand),
        )

    def _charge(
        self, one: Charge, language: Language, reads: Sequence[str], hers: bool
    ) -> wire.ChargeView:
        errand = self.services.get(one.service)
        return wire.ChargeView(
            id=one.id,
            service=one.service,
            name=in_language(errand.name, *reads) if errand else one.service,
            channel=one.channel,  # type: ignore[arg-type]
            way=language.text(WAYS[one.channel]) if one.channel in WAYS else "",
            state=one.state,
            cents=one.cents,
            amount=amount(one.cents, language),
            reference=one.reference,
            reason=one.reason if one.state is states.Charge.WAIVED else "",
            at=one.ended or one.asked,
            surplus=language.money(one.surplus) if one.surplus else "",
            online=self.online and hers and one.state in fees.OPEN,
            transfer=self._transfer() if hers and one.state in fees.OPEN else None,
            returned=one.returned and one.state in fees.OPEN,
            later=errand is not None and self.rules.of(errand) == fees.AFTERWARDS,
        )

    def _transfer(self) -> wire.TransferView | None:
        to = self.account
        return wire.TransferView(to.name, girocode.grouped(to.iban), to.bic) if to else None


def amount(cents: int, language: Language) -> str:
    """ "9,00 €", or that it is free."""
    return language.money(cents) if cents else language.text(N_("free of charge"))
