"""Stand in for SCF, Tencent's cloud functions: run serverless.yml as the cloud would.

Functions are processes of their own, killed at their timeout and at their memory limit; event
functions are frozen between events, web functions keep the environment of their start. Linux does
all of it; on macOS the memory limit, the list of processes and detached processes are left out.
"""

from infra.local.scf.app import create

__all__ = ["create"]
