"""Stand in for SCF, Tencent's cloud functions: run the functions of serverless.yml as SCF does.

Each instance of a function is a process of its own, which is killed when it exceeds the function's
timeout or memory limit. An event function is frozen between events. A web function keeps the
environment variables that it was started with. On macOS memory is not limited, processes are not
listed, and those that a function detaches are not killed.
"""

from infra.local.scf.app import create

__all__ = ["create"]
