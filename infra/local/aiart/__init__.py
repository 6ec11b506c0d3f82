"""Stand-in for Tencent's aiart API (ReplaceBackground), which really repaints."""

from infra.local.aiart.app import create

__all__ = ["create"]
