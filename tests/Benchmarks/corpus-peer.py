"""The script that people use today to get text out of a blog: Markdown to HTML, HTML to text. Prints seconds and peak memory."""
import glob
import resource
import sys
import time

import bs4
import markdown

root, repeats = sys.argv[1], int(sys.argv[2])
files = [f for f in glob.glob(root + "/*/site/**/_posts/**/*", recursive=True) if f.lower().endswith((".md", ".markdown", ".mkdn", ".html"))]
start = time.perf_counter()
words = 0
for _ in range(repeats):
    for name in files:
        with open(name, encoding="utf-8-sig", errors="replace") as file:
            source = file.read()
        if source.startswith("---"):
            parts = source.split("\n---", 1)
            source = parts[-1]
        html = markdown.markdown(source)
        text = "".join(bs4.BeautifulSoup(html, "html.parser").findAll(text=True))
        words += len(text.split())
seconds = time.perf_counter() - start
print(len(files) * repeats, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, markdown.__version__, bs4.__version__, words)
