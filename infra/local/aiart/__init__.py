"""Stand in for Tencent's aiart API (ReplaceBackground), and really paint new backgrounds."""

from infra.local.aiart.app import create

__all__ = ["create"]
