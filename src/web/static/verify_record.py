"""Verify a record: `python verify_record.py FILE [OLDER FILE]`. Needs nothing but Python."""

import hashlib
import json
import sys
from pathlib import Path

files = [[json.loads(line) for line in Path(name).read_text("utf-8").strip().split("\n")] for name in sys.argv[1:]]
previous, faults, hidden_count = "0" * 64, [], 0
for number, entry in enumerate(files[0], start=1):
    if entry["number"] != number or entry["previous"] != previous:
        faults.append(f"entry {entry['number']} does not follow the one before it")
    text = json.dumps(entry.get("line", []), ensure_ascii=False, separators=(",", ":"))
    if "line" not in entry:
        hidden_count += 1
    elif hashlib.sha256(text.encode()).hexdigest() != entry["hash"] or entry["line"][0] != previous:
        faults.append(f"entry {number} is not what was hashed")
    previous = entry["hash"]
for entry in files[1] if len(files) > 1 else []:
    if entry["hash"] not in [each["hash"] for each in files[0][entry["number"] - 1 : entry["number"]]]:
        faults.append(f"entry {entry['number']} is another than in the older file")
digests = files[0][-1].get("digests", [])
for each in digests:
    if each["hash"] not in [entry["hash"] for entry in files[0][each["number"] - 1 : each["number"]]]:
        faults.append(f"entry {each['number']} is another than the digest says at {each['link']}")
whole = f"whole: {len(files[0])} entries, {hidden_count} of them not shown before their start"
digest_lines = [f"{each['link']} has to say {each['hash']}" for each in digests[-2:]]
sys.stdout.write("\n".join(faults or [whole, *digest_lines]))
sys.exit(bool(faults))
