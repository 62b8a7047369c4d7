"""What the scripts of this folder share: lines that are the same each time."""

import json
import re

from kubernetes.client import ApiException

# What is different each time.
MASKS = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uid>"),
    (r'(resourceVersion\\?":\\?")\d+', r"\1<version>"),
    # The place of a source file in its build.
    (r'in scheme "[^"]*"', "in its scheme"),
    (r"(current: )\d+", r"\1<version>"),
)


def say(what, came):
    """One line: what was done, and what came of it."""
    line = f"{what}: {came}"
    for pattern, mask in MASKS:
        line = re.sub(pattern, mask, line)
    print(line, flush=True)


def refused(what, call, *arguments, **options):
    """Does what the server has to refuse, and says how it was refused."""
    try:
        call(*arguments, **options)
    except ApiException as error:
        body = json.loads(error.body)
        details = body.get("details") or {}
        say(what, f"{error.status} {error.reason} / {body.get('reason')}: {body['message']}")
        for key in ("name", "group", "kind"):
            if key in details:
                say(f"  {key}", details[key])
        for cause in details.get("causes", []):
            say("  cause", f"{cause.get('reason')} {cause.get('field')}: {cause.get('message')}")
    else:
        say(what, "was not refused")


def managers(metadata):
    """Who owns fields."""
    entries = metadata.managed_fields or []
    return " ".join(sorted(f"{it.manager}/{it.operation}{it.subresource or ''}" for it in entries))
