#!/usr/bin/env python3
"""A daemon: one process that goes on, and so can count. A JSON object a line in, one a line out."""
import json
import sys


def send(**message):
    print(json.dumps(message), flush=True)


count = 0
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "start":
        count = message["settings"].get("startAt", 0)
        send(type="ready")
    elif message["type"] == "call":
        count += (message["payload"] or {}).get("by", 1)
        send(type="log", id=message["id"], message=f"counted to {count}")
        send(type="reply", id=message["id"], payload={"count": count})
    elif message["type"] == "task":
        send(type="log", message=f"{count} so far")
        send(type="reply", id=message["id"])
