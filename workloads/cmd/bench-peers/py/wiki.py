"""The function wiki in Python: run as a script it has its handler measured.

handler runs under awslambdaric, which is what AWS's own images for Python run.
It uses the standard library's urllib, which is quicker to import than requests,
and does as much as the measured calls need: the title's form, the request, the
first sentence and the envelope. It keeps nothing between calls.
"""
import json
import os
import re
import unicodedata
import urllib.error
import urllib.parse
import urllib.request

BASE = os.environ.get("SPOTGRID_WIKI_BASE_URL", "https://{lang}.wikipedia.org")
AGENT = "spotgrid-wiki/1.0 (https://github.com/spotgrid/spotgrid) urllib"
LANG = re.compile(r"[a-z]{2,12}(-[a-z]{1,12}){0,2}")
# An end, unless it stands behind an abbreviation or an initial.
END = re.compile(r"(?<!\b[A-Za-z])(?<!\b(?:Mr|Dr|St|No|no))(?<!\b(?:Inc|Ltd|e\.g|i\.e))[.!?](?= [^a-z])")


def respond(status, message):
    return {
        "statusCode": str(status),
        "headers": {"Content-type": "application/json"},
        "body": json.dumps({"message": message}),
    }


def first_sentence(text):
    text = " ".join(text.split())
    found = END.search(text)
    return text[: found.end()] if found else text


def handler(event, context):
    lang = event.get("lang", "en")
    title = " ".join(unicodedata.normalize("NFC", event.get("entity", "")).split())
    if not title or len(title.encode()) > 255 or not LANG.fullmatch(lang):
        return respond(400, "bad request")
    url = BASE.replace("{lang}", lang) + "/api/rest_v1/page/summary/" + urllib.parse.quote(title.replace(" ", "_"), safe="")
    request = urllib.request.Request(url, headers={"User-Agent": AGENT, "Accept": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            summary = json.loads(response.read(1 << 20))
    except urllib.error.HTTPError as error:
        return respond(404 if error.code == 404 else 502, str(error))
    except OSError as error:
        return respond(502, str(error))
    return respond(200, first_sentence(summary["extract"]))


# The program that the host starts: this interpreter, this file's handler.
LAUNCHER = """#!{python}
import sys
sys.path.insert(0, {folder!r})
from awslambdaric.__main__ import main
main(["awslambdaric", "wiki.handler"])
"""


def measure(task):
    """Has the host start the handler, call it and measure, as it does ours."""
    import sys

    program = os.path.join(task["dir"], "wiki-python")
    with open(program, "w") as file:
        file.write(LAUNCHER.format(python=sys.executable, folder=os.path.dirname(os.path.abspath(__file__))))
    os.chmod(program, 0o700)
    body = json.dumps({"program": program, "calls": task["calls"]}).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(task["url"], body), timeout=120) as response:
            return json.loads(response.read())
    except urllib.error.HTTPError as error:
        raise RuntimeError(error.read().decode()) from error


if __name__ == "__main__":
    import peer

    import awslambdaric  # only for its version to be known

    peer.serve(measure)
