"""The error tree. Every error has a stable code, a title, an HTTP status and says what to do next.

    UsanceError                      500  internal_error
    +-- InvalidInput                 422  invalid_input        carries every fault found, not the first
    |   +-- AmbiguousTaxRate         422  ambiguous_tax_rate   two rates hold; all but one have to be closed
    +-- MalformedBody                400  malformed_body
    +-- UnverifiedWebhook            400  unverified_webhook   not signed by whom it claims, or too old
    +-- BodyTooLarge                 413  body_too_large
    +-- UnsupportedMediaType         415  unsupported_media_type
    +-- Unauthenticated              401  unauthenticated
    +-- Forbidden                    403  forbidden
    +-- NotFound                     404  not_found
    |   +-- TaxRateNotFound          404  tax_rate_not_found
    +-- MethodNotAllowed             405  method_not_allowed
    +-- Conflict                     409  conflict             somebody else was first; read and decide again
    |   +-- IdempotencyMismatch      409  idempotency_mismatch
    |   +-- EventConflict            409  event_conflict       another event has this id; the first one is kept
    +-- CannotBill                   422  cannot_bill          the contract is parked, the run goes on
    +-- UnbalancedEntry              500  unbalanced_entry     a defect: refused before it is written
    +-- Unavailable                  503  unavailable          too busy; the same may be asked again
    +-- ProviderError                502  provider_error
        +-- ProviderUnknown          502  provider_unknown     the provider may have acted: never retried
        +-- ProviderRefused          502  provider_refused     the provider did nothing: configuration or request

Handlers translate the tree to problem+json in one place (`usance.problem`). Faults are values, so that one answer
can name everything that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where (JSON pointer), which stable code, and what to do about it."""

    pointer: str
    code: str
    detail: str

    def under(self, prefix: str) -> Fault:
        """The same fault seen from an enclosing document."""
        return Fault(prefix + self.pointer, self.code, self.detail)


class UsanceError(Exception):
    """Root of the tree. `detail` is for the person who has to act."""

    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"
    status: ClassVar[int] = 500

    def __init__(self, detail: str = "", faults: Iterable[Fault] = ()) -> None:
        self.detail = detail
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(detail or self.title)

    def __str__(self) -> str:
        lines = [self.detail or self.title]
        lines += [f"  {fault.pointer or '/'}: {fault.detail} [{fault.code}]" for fault in self.faults]
        return "\n".join(lines)


class InvalidInput(UsanceError):
    """The request was understood and cannot be accepted; `faults` lists all the reasons."""

    code = "invalid_input"
    title = "The input has faults"
    status = 422


class AmbiguousTaxRate(InvalidInput):
    """More than one tax rate holds for a category, a place and a day; `faults` names them."""

    code = "ambiguous_tax_rate"
    title = "More than one tax rate holds"


class MalformedBody(UsanceError):
    """The body could not be read at all."""

    code = "malformed_body"
    title = "The body could not be read"
    status = 400


class UnverifiedWebhook(UsanceError):
    """A webhook that is not signed with the endpoint's secret, or too old. One answer for all reasons."""

    code = "unverified_webhook"
    title = "The webhook could not be verified"
    status = 400


class BodyTooLarge(UsanceError):
    """The body, or what it inflates to, is over the documented limit."""

    code = "body_too_large"
    title = "The body is too large"
    status = 413


class UnsupportedMediaType(UsanceError):
    """The content type or encoding is none that the route takes."""

    code = "unsupported_media_type"
    title = "This content type or encoding is not supported"
    status = 415


class Unauthenticated(UsanceError):
    """No key, an unknown key or a revoked key. One answer for all three, so that nothing can be learned."""

    code = "unauthenticated"
    title = "A valid API key is needed"
    status = 401


class Forbidden(UsanceError):
    """The key is good, but not for this."""

    code = "forbidden"
    title = "This key may not do that"
    status = 403


class NotFound(UsanceError):
    """Nothing of that id in this organisation; an id of another organisation looks the same."""

    code = "not_found"
    title = "There is no such thing here"
    status = 404


class TaxRateNotFound(NotFound):
    """No tax rate holds for a category, a place and a day."""

    code = "tax_rate_not_found"
    title = "No tax rate holds there"


class MethodNotAllowed(UsanceError):
    """The address is right, and takes other methods than this one."""

    code = "method_not_allowed"
    title = "This address does not take that method"
    status = 405


class Conflict(UsanceError):
    """The state changed meanwhile, or the name is taken."""

    code = "conflict"
    title = "That conflicts with what is recorded"
    status = 409


class IdempotencyMismatch(Conflict):
    """The idempotency key was used before with another request."""

    code = "idempotency_mismatch"
    title = "This idempotency key belongs to another request"


class EventConflict(Conflict):
    """An event of this id and with other content was recorded before, and is kept."""

    code = "event_conflict"
    title = "Another event has this id"


class CannotBill(UsanceError):
    """The contract cannot be billed safely. It is parked with the reason; other contracts go on."""

    code = "cannot_bill"
    title = "The contract cannot be billed"
    status = 422


class UnbalancedEntry(UsanceError):
    """A journal entry whose debits are not its credits. Refused before anything is written."""

    code = "unbalanced_entry"
    title = "The journal entry does not balance"


class Unavailable(UsanceError):
    """Storage was too busy for all the tries there are. What was asked may be asked again just as it was."""

    code = "unavailable"
    title = "Too busy at the moment; try again"
    status = 503


class ProviderError(UsanceError):
    """A payment provider did not do what was asked."""

    code = "provider_error"
    title = "The payment provider did not answer as expected"
    status = 502


class ProviderUnknown(ProviderError):
    """The provider may or may not have acted (time-out, 5xx, unreadable answer). Ask it; never just try again."""

    code = "provider_unknown"
    title = "It is not known what the payment provider did"


class ProviderRefused(ProviderError):
    """The provider certainly did nothing: credentials, a missing customer, a malformed request."""

    code = "provider_refused"
    title = "The payment provider refused the request"
