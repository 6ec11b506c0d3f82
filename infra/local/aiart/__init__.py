"""Stand in for Tencent's aiart API (ReplaceBackground), and really repaint."""

from infra.local.aiart.app import create

__all__ = ["create"]
