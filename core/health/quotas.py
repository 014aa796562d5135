"""Amazon's quotas as they stand now, for every operation that was called for the channels of an operator."""

from __future__ import annotations

from dataclasses import dataclass

from core.actor import Actor
from core.database import Database
from core.health import reads
from core.health.views import QuotaHealth
from core.model.account import quota_owner
from core.quota import bucket_prefix, level


@dataclass(frozen=True)
class AccountQuota:
    """The quota of an operation, and the channels that share it, by name."""

    channels: tuple[str, ...]
    quota: QuotaHealth


def account_quotas(database: Database, actor: Actor) -> list[AccountQuota]:
    """Those that have the longest to wait first, then by the share that is left."""
    with database.read() as session:
        owners: dict[str, list[str]] = {}
        for row in reads.channels(session, actor):
            owner = quota_owner(row.account_id, row.seller_id, row.proven_at)
            owners.setdefault(bucket_prefix(row.api_mode, row.client_id, owner), []).append(row.name)
        buckets = [level(bucket) for bucket in reads.buckets_of(session, owners)]
        usage = reads.usage_today(session, [bucket.key for bucket in buckets])
    found: list[AccountQuota] = []
    for bucket in buckets:
        prefix, _, operation = bucket.key.rpartition("/")
        quota = QuotaHealth(operation, bucket.tokens, bucket.burst, bucket.free_at, *usage.get(bucket.key, (0, 0)))
        found.append(AccountQuota(tuple(owners[f"{prefix}/"]), quota))
    return sorted(found, key=_scarcity)


def _scarcity(one: AccountQuota) -> tuple[bool, float, str, tuple[str, ...]]:
    quota = one.quota
    return quota.is_free, quota.tokens / max(quota.burst, 1), quota.operation, one.channels
