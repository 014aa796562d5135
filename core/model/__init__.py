"""The tables, one file per subject. Those that other files refer to are always loaded, all by `core.model.tables`.

Conventions: money is a whole number of minor units beside its currency; time is aware UTC; enumerations of ours are
`StrEnum`s stored as text, and values from outside are stored as text, because they can grow. Secrets and personal data
have encrypted column types. A key that was given once is never given to another row (see `core.numbering`).
No `from __future__ import annotations` in here: the mapper needs real types.
"""

from core.model import account, channel, store

__all__ = ["account", "channel", "store"]
