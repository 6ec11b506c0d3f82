"""Read serverless.yml and the roles' policies, for the commands and for the stand-ins."""

from infra.serverless_yml.deployment import Deployment, read
from infra.serverless_yml.source import DeploymentError

__all__ = ["Deployment", "DeploymentError", "read"]
