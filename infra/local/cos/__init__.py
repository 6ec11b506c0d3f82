"""Stand in for COS, Tencent's object storage: one bucket, over COS's own XML protocol."""

from infra.local.cos.app import create

__all__ = ["create"]
