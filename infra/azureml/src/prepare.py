"""Puts the end of text between posts: the training script joins them without one. Usage: prepare.py CORPUS OUT"""
import json
import pathlib
import sys

corpus, out = map(pathlib.Path, sys.argv[1:])
out.mkdir(parents=True, exist_ok=True)
for part in ("train", "validation"):
    with open(corpus / f"{part}.jsonl", encoding="utf-8") as source, open(out / f"{part}.json", "w", encoding="utf-8") as target:
        for line in source:
            text = json.loads(line)["text"].replace("<|endoftext|>", "<| endoftext |>")
            target.write(json.dumps({"text": f"<|endoftext|>{text}"}) + "\n")
