"""Stand in for the two Tencent APIs that the deploy calls: SCF's and CAM's."""

from infra.local.cloudapi.app import create

__all__ = ["create"]
