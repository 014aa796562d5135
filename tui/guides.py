"""What a form explains at length (f1): where people find what Amazon's fields ask for.

Source: Amazon's SP-API documentation as gathered for docs/amazon-credentials.md, which tells the whole way.
"""

from __future__ import annotations

APP_MODE = (
    "Private app: the seller has registered an application of their own in Seller Central and authorizes it "
    "there. It serves this one seller, needs no consent page, and is what most shops use.",
    "Public app: one application that many sellers authorize, each by a consent page of Amazon (OAuth).",
)

CLIENT = (
    "Client id (begins with amzn1.application-oa2-client.) and client secret (usually begins with amzn1.oa2-cs.) "
    "are the LWA credentials of the application. In Seller Central: Apps and Services, Develop Apps (or the "
    "Solution Provider Portal), then View beside the application. The client id is not the App ID.",
    "A client secret lives for 180 days; Amazon writes 90 days before. When it is replaced the old one works for "
    "another seven days: enter the new one here within that time.",
)

PUBLIC_APP = (
    "The App ID begins with amzn1.sp.solution. (older ones with amzn1.sellerapps.app.). The consent page asks for it.",
    "The redirect URL is where Amazon sends the seller's browser after the consent. It has to be one of those "
    "registered with the application, exactly as it stands there. A small https page that shows its own address is "
    "enough: the address is copied from the browser and pasted here. With an SSH forward it may be http://127.0.0.1 "
    "with a port.",
    "Draft: an application that is not published yet has another consent page (version=beta). Switch this off "
    "once it is published.",
)

REFRESH_TOKEN = (
    "Refresh token (begins with Atzr|): in the list of applications choose Authorize beside the private one, then"
    " Authorize app. The token is shown once only; copy it whole. Authorizing again gives another token, and the "
    "older ones stay good. A token is good for one region and the seller account it was made in.",
)

SELLER_ID = (
    "Seller id (Amazon calls it Merchant Token): capital letters and digits. In Seller Central: Settings, Account"
    " Info, Business information, Merchant Token. It is not the id of a marketplace.",
)

ROLES = (
    "Roles the application needs: Product Listing, and Inventory and Order Tracking. Without the restricted role "
    "Direct-to-Consumer Shipping orders come without street and phone number, and those you ship yourself are "
    "held. After a new role the seller has to authorize again.",
)

HISTORY = (
    "Amazon gives out orders of the last 720 days. From: a first import begins here; when it is left empty, 30 "
    "days before the channel was connected. To: later orders are ignored; leave it empty in daily work. A day "
    "means its beginning in your own time zone.",
)

ORDERS_FORM = (
    "Statuses decide which orders become store orders. Pending orders always wait until Amazon has authorized "
    "their payment; cancelled ones are cancelled in the store if they are there already.",
    "Too little stock: the store cuts orders down to what it has. They wait for the goods, or are made all the same "
    "and stand there as backordered. A placeholder is a product whose stock is not tracked; it stands for unknown "
    "SKUs.",
    "Exchange rate: the price of one unit of Amazon's currency in the store's currency, for one currency (1.08) or "
    "by name (USD 0.92, JPY 0.0061), and from a day on (USD 0.92 from 2026-01-31). Without it, orders in another "
    "currency than the store's are held.",
)

SYNC = (
    "With the queue, work that is started here or by a schedule is done by the worker in the background; without "
    "it, at once by the program that was asked. It counts for the user interface, schedules and the command line "
    "alike.",
    "Pushing shipments tells Amazon what was shipped in the store, one confirmation per parcel. Pulling them is the "
    "way back: parcels of other tools, labels bought at Amazon and what Amazon ships itself become shipments of the "
    "store with every push, and are never confirmed back.",
    "Draft: nothing is sent to Amazon: no listings, no feeds, no shipment confirmations. Reading goes on.",
)

STOCK = (
    "A quantity at Amazon is the stock of the store less the buffer; fewer than the minimum are told as 0, more than "
    "the cap never. With 12 in stock, a buffer of 2 and a cap of 5 Amazon is told 5; with 3 in stock it is told 1.",
    "A price at Amazon is the store's, converted by the exchange rate (see Orders), with the percent, then the amount "
    "added, moved up to the next price with the ending, and never below the minimum. 17.20 with 10 percent and the "
    "ending 0.99 is 18.99; with the ending 9.99 it is 19.99.",
    "Listings that were there before are not changed until their counts are confirmed: crossdock products counts.",
)

NOTIFICATIONS = (
    "Amazon announces new and changed orders, finished reports and feeds through a queue of your own AWS account (SQS, "
    "a standard queue, not FIFO). The queue must let Amazon's account 437568002678 do sqs:SendMessage and "
    "sqs:GetQueueAttributes. A worker listens to it; without one everything is found by the schedules, later.",
    "An EventBridge ARN names the bus whose rule feeds the queue: changes of listings and of product types come that "
    "way. When all is entered, n in Channels sets up what Amazon tells.",
)

SCHEDULE = (
    "Intervals in minutes; empty or 0 is off. A worker has to run. Shorter than 15 minutes seldom helps: Amazon "
    "gives out about one page of orders every three minutes.",
)

MAPPINGS = ("What a field leaves open comes from what was prepared in the store, then from the global settings.",)

CARRIERS = (
    "Amazon knows carriers by an exact spelling; what it does not know it takes silently as Other. So a carrier "
    "of the store is mapped to one of Amazon's codes, chosen from the list or typed exactly.",
)

OPERATORS = (
    "Whoever may read the key file of this machine is an administrator in any case, without an account. Accounts "
    "are for the others: they come in by name and password, and the audit names them.",
    "A vendor is bound to one company of one store, and sees and touches nothing else.",
    "A password given by an administrator has to be changed at the first login.",
)
