"""The routes by resource. A route reads its parameters, calls one use case and says how the answer looks."""

from functions.api.routes import (
    alerts,
    billing,
    books,
    catalogue,
    contracts,
    coupons,
    customers,
    entitlements,
    invoices,
    organisation,
    page,
    tax,
    usage,
    wallets,
)

ROUTERS = tuple(
    module.router
    for module in (
        organisation,
        catalogue,
        coupons,
        usage,
        customers,
        wallets,
        contracts,
        entitlements,
        billing,
        alerts,
        invoices,
        books,
        tax,
        page,
    )
)
