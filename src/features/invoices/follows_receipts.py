"""Registration of the use case that creates invoices automatically for new receipts and credit notes."""

from typing import Final

from features.invoices.wiring import InvoicesContainer
from subscriptions.bootstrap.receipt_followers import ReceiptPart

FOLLOWS_RECEIPTS: Final = ReceiptPart(lambda core: InvoicesContainer(core=core).invoice_receipt())
