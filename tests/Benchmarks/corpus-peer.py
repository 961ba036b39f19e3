"""The script that people use today to get text out of a blog: Markdown to HTML, HTML to text.

Reads the posts' paths, one a line, from standard input. Prints posts, seconds and processor seconds without start-up, and the two libraries' versions.
"""
import sys
import time
import warnings

import bs4
import markdown

# The script spells the option as it was spelt when it was written.
warnings.simplefilter("ignore", DeprecationWarning)
paths = sys.stdin.read().splitlines()
posts = words = 0
start, processor = time.perf_counter(), time.process_time()
for path in paths:
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        source = file.read()
    if source.startswith("---"):
        source = source.split("\n---", 1)[-1]
    html = markdown.markdown(source)
    text = "".join(bs4.BeautifulSoup(html, "html.parser").findAll(text=True))
    words += len(text.split())
    posts += 1
seconds, processor = time.perf_counter() - start, time.process_time() - processor
assert words > 0
print(posts, seconds, processor, markdown.__version__, bs4.__version__)
