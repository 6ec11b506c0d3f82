"""``python -m infra.slack.without_step``: write the manifest for workspaces on Slack's free plan.

A custom step needs a paid plan (docs.slack.dev/workflows/workflow-steps). So
manifest-without-step.yml is manifest.yml without the step; tests/bot/test_manifest.py checks that.
"""

import re
import sys
from pathlib import Path

WITH_STEP = Path(__file__).with_name("manifest.yml")
WITHOUT_STEP = Path(__file__).with_name("manifest-without-step.yml")
HEADER = """\
# manifest.yml without its workflow step, for workspaces on Slack's free plan; that file says how to
# use it. Not to be edited: python -m infra.slack.without_step writes it.
"""
STEP = (
    r"^functions:.*\n(?:[ #].*\n)+",
    r"^ +- function_executed\b.*\n",
    r"^ +function_runtime:.*\n",
)


def without_step(manifest: str) -> str:
    """Remove the workflow step from the manifest's text; all the rest stays, comments too.

    Raises ``ValueError`` if a part of the step is not found exactly once.
    """
    text = HEADER + re.sub(r"\A(?:#.*\n)+", "", manifest)
    for part in STEP:
        text, count = re.subn(part, "", text, flags=re.MULTILINE)
        if count != 1:
            raise ValueError(f"{count} matches instead of one: {part}")
    return text


if __name__ == "__main__":
    WITHOUT_STEP.write_text(without_step(WITH_STEP.read_text("utf-8")), "utf-8")
    sys.stdout.write(f"{WITHOUT_STEP.name}\n")
